"""Work and time: the queue, who works on it, signs of life, processes that outlive their starter."""
