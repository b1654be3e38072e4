namespace Siro.Gateway.Jobs;

/// <summary>
/// A kind's line in the console's overview, and what it says where something is wrong. The partition is the organization.
/// </summary>
/// <param name="Name">The jobs, in small letters: <c>uploads</c>. The first word of the codes of its problems.</param>
/// <param name="One">One of them, with its article: <c>An upload</c>.</param>
/// <param name="Hint">What to look at where one waits too long: completes "It is due and nobody runs it: ".</param>
internal sealed record JobOverview(string Name, string One, string Hint)
{
    /// <summary>The console has a page of this name.</summary>
    public bool HasPage { get; init; }

    /// <summary>The states that somebody should look at.</summary>
    public IReadOnlyList<JobProblem> Problems { get; init; } = [];
}

/// <summary>Jobs in a state that somebody should look at.</summary>
/// <param name="Code">Stable.</param>
/// <param name="One">"1 call needs a rep".</param>
/// <param name="Many">"{0} calls need a rep".</param>
/// <param name="Detail">What that means, and what to do.</param>
/// <param name="Action">The name of the link to them.</param>
internal sealed record JobProblem(string State, string Code, string One, string Many, string Detail, string Action);
