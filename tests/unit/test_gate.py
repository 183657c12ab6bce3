"""The tests themselves: what holds in every worker."""

import numpy as np
from threadpoolctl import threadpool_info


def test_a_worker_calculates_on_one_thread():
    np.ones((2, 2)) @ np.ones((2, 2))
    pools = threadpool_info()
    assert pools and {pool["num_threads"] for pool in pools} == {1}
