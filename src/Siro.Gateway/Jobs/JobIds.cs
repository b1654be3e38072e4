namespace Siro.Gateway.Jobs;

/// <summary>A kind of work with one handler: <c>upload</c>, <c>call</c>, <c>delivery</c>. Lower case letters, digits and dashes.</summary>
internal readonly record struct JobKind(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Names a job inside its queue: 1 to 200 characters, none of them control characters. The same id is the same job.</summary>
internal readonly record struct JobId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Names one running worker process; a process takes a new one at each start.</summary>
internal readonly record struct WorkerId(string Value)
{
    public override string ToString() => Value;
}
