from sagemaker.workflow.parameters import ParameterString

uri = ParameterString(name="Uri")
bucket, _, key = uri[5:].partition("/")  # expect: CUR0903 by hand, CUR0903 by hand
name = uri.split("/")[-1].lower()  # expect: CUR0903 by hand, CUR0903 by hand
