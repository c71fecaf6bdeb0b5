"""What people use: events, their spool, COUNTER processing, totals.

Materials and people are known here by key only.
"""
