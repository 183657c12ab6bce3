"""The cache on disk: data sets, models, scores, runs, studies; written whole, read checked, named by causes."""
