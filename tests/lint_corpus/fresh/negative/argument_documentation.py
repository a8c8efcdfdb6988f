def add_arguments(parser, execution_prefix):
    parser.add_argument("--out", help=f"below {execution_prefix}/out", metavar="URI")
