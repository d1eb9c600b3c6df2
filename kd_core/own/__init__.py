"""Data of one's own: a table or a zip of images becomes numbers, categories or pixels with labels, and is kept.

    limits         how large it may be
    prepared       the form in which it is kept: checked, in one file, named by what it holds
    zips           the directory of a zip, before anything in it is unpacked
    classes        what things are called, and which classes have enough examples
    csv_file       CSV files
    parquet_file   Parquet files, in a process of their own, and what they claim to hold
    parquet_pages  how much the pages of a Parquet file hold
    columns        columns as numbers or categories
    table          a CSV or Parquet file as prepared data
    images         a zip with a folder of images a class as prepared data
    features       prepared data as inputs of networks, fitted on the training part
    upload         what kind of file somebody has; what a page shows of it

Nothing in a file is run, and nothing of it is unpacked to the disk. What is too large is refused before it is read.
"""
