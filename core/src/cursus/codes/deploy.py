"""The codes of deploying and starting pipelines."""

from __future__ import annotations

from cursus.codes.code import Code

DEPLOY_CODES: dict[str, Code] = {
    "CUR0801": Code(
        title="AWS credentials are missing or wrong",
        meaning="No credentials were found in the environment, the profile or the machine's role, or AWS does not know "
        "them. `aws sts get-caller-identity` shows who you are. Nothing was changed.",
    ),
    "CUR0802": Code(
        title="AWS credentials have expired",
        meaning="Temporary credentials last for hours. Log in again and repeat the command: what was uploaded stays and "
        "is not uploaded twice.",
    ),
    "CUR0803": Code(
        title="AWS denied access",
        meaning="The fix names the IAM action that is missing. For S3, the action s3:ListBucket is needed too: without "
        "it, S3 denies access to an object that is only not there. An uploaded bundle without its pipeline does no harm.",
    ),
    "CUR0804": Code(
        title="The AWS region or profile is missing or unknown",
        meaning="Give --region or --profile, or set AWS_REGION or AWS_PROFILE; the configuration file must be readable and the "
        "endpoint a URL. Nothing was asked of AWS.",
    ),
    "CUR0805": Code(
        title="AWS could not be reached",
        meaning="The connection could not be made, broke or took too long, in every attempt. Each attempt waits 10 "
        "seconds for a connection and 60 for an answer. Repeat the command: it goes on where it stopped.",
    ),
    "CUR0806": Code(
        title="AWS throttled every attempt",
        meaning="Too many requests of this account reached AWS, and waiting between the attempts was not enough. Repeat "
        "the command later, or give more --attempts.",
    ),
    "CUR0807": Code(
        title="A bucket does not exist",
        meaning="The bucket is that of the code location. It is looked for before anything is uploaded.",
    ),
    "CUR0808": Code(
        title="AWS refused a request",
        meaning="The message is AWS's own. A definition that Cursus compiled was checked against the service's model; "
        "what remains are facts of the account, such as a role that the service cannot assume.",
    ),
    "CUR0809": Code(
        title="AWS failed",
        meaning="The service answered with a fault of its own (5xx) in every attempt. Repeat the command later.",
    ),
    "CUR0810": Code(
        title="The pipeline is busy, or a quota of the account is used up",
        meaning="A pipeline that is being deleted or changed takes no other change. AWS's message says which it is.",
    ),
    "CUR0811": Code(
        title="There is no such pipeline or execution",
        meaning="Names are looked up in one account and one region: the region of --region, AWS_REGION or the profile.",
    ),
    "CUR0812": Code(
        title="A content-addressed object holds other content",
        meaning="The name of a bundle is the hash of its content, so that the object was changed by somebody else. "
        "It is not overwritten. Delete the object and deploy again, or give another --code-location.",
    ),
    "CUR0813": Code(
        title="A code bundle is missing or damaged",
        meaning="The definition names bundles by their hash. Each must be a folder of that name in the folder of --bundles "
        "(default: bundles/ beside the definition), with the content that has this hash. Compile again.",
    ),
    "CUR0814": Code(
        title="A file is no pipeline definition",
        meaning="--definition takes the file that `cursus compile -o` writes: a JSON object with Version, Parameters and "
        "Steps.",
    ),
    "CUR0815": Code(
        title="The pipeline's role is not known",
        meaning="SageMaker assumes one role to run the pipeline. It is --role, else the one role that all steps name.",
    ),
    "CUR0816": Code(
        title="Code is too large",
        meaning="An S3 object has at most 5 TiB and a name of at most 1024 bytes, and a job's code must fit its volume.",
    ),
    "CUR0817": Code(
        title="A pipeline cannot start: a parameter has no value",
        meaning="Every parameter without a default needs a value. All that are missing are named, before anything is "
        "started.",
    ),
    "CUR0818": Code(
        title="The pipeline has no parameter of this name",
        meaning="The names are those of the definition that is deployed now.",
    ),
    "CUR0819": Code(
        title="A parameter's value does not fit",
        meaning="Integer, Float and Boolean parameters take such values only; a prefix is an S3 URI; a value has at most "
        "1024 characters.",
    ),
    "CUR0820": Code(
        title="A name, token, tag or URI cannot be used",
        meaning="The message says which characters and lengths AWS takes.",
    ),
    "CUR0821": Code(
        title="The pipeline's name is taken",
        meaning="A pipeline of this name exists and is not the same, and --if-exists fail was given; or it exists and may "
        "not be read. Choose another --name, or leave --if-exists out to update it.",
    ),
    "CUR0822": Code(
        title="The images are of another region",
        meaning="Step images are stored in one region each; a job elsewhere may not be able to pull them. Set the region "
        "in the config and compile again, or deploy to the images' region.",
    ),
    "CUR0823": Code(
        title="There is no place for a large definition",
        meaning="A definition over 100 kB goes to S3 first, below the code location. The pipeline has no code bundle that "
        "would tell where; give --code-location.",
    ),
    "CUR0824": Code(
        title="The execution is still running",
        meaning="Waiting ended before the execution did. It goes on; `cursus executions describe` shows how it is.",
    ),
}
