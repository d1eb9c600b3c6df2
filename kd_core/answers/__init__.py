"""A teacher that is a file: what any model anywhere answers for the rows of one data set, a column a class.

    rows       the rows to be scored, as a file
    table      the answers: logits or probabilities by row
    columns    which columns of a file are what
    meaning    whether numbers are logits or probabilities, and what is odd about them
    alignment  whether answers stand beside their rows
    upload     a file as answers, or why it can't be one
    preview    what a page shows of answers
    store      where answers are kept, named by what they hold
    teacher    answers as the logits of a teacher

No code of a visitor runs here: a file holds numbers.
"""
