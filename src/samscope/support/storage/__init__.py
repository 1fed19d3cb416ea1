"""Results and videos on object storage, through fsspec: copied here while they are read, sent when whole.

Nothing here knows what the files hold.
"""
