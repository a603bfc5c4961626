"""The death watch: what tells that a portal is about to vanish, or has.

All of it comes from what crawls capture anyway (`look`), but for a look at names and certificates (`check`). What was
seen is kept as signs (`archive.signs`).
"""
