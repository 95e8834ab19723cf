select i as follower_id, i + 1 as followed_id
