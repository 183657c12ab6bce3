"""What reaches the disk, and when: the cache, run directories, jobs."""
