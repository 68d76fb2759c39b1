"""Reading records: what a caller may see of them, how lists are paged, filtered and searched.

The one rule that must not break: every read goes through `visible`.
"""
