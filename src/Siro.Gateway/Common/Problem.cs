namespace Siro.Gateway.Common;

/// <summary>One error in what a caller sent: the field (JSON path or form field), a stable code, and a sentence.</summary>
public sealed record FieldError(string Field, string Code, string Message);

/// <summary>
/// An expected failure, as the caller gets it: RFC 9457 problem+json with a stable <c>code</c>, a <c>traceId</c>,
/// and the header <c>Siro-Gateway-Error: code</c>, so that a caller always knows who refused.
/// </summary>
/// <param name="Status">HTTP status, 400 to 599.</param>
/// <param name="Code">Stable snake_case code; documented in docs/errors.md.</param>
/// <param name="Detail">One sentence that says what was wrong and what to do.</param>
public sealed record Problem(int Status, string Code, string Detail)
{
    /// <summary>The errors by field, rendered as <c>errors</c>.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }

    /// <summary>Rendered as Retry-After in whole seconds, rounded up (RFC 9110, 10.2.3).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Further members of the problem's body (never secrets, tokens or bodies of recordings).</summary>
    public IReadOnlyDictionary<string, object?>? Extensions { get; init; }

    /// <summary>Rendered as WWW-Authenticate on a 401.</summary>
    public string? Challenge { get; init; }
}

/// <summary>An exception that knows how it is answered. <see cref="ProblemRenderer"/> renders every one of them.</summary>
public interface IProblemException
{
    /// <summary>What the caller is to be told.</summary>
    Problem Problem { get; }

    /// <summary>True for an outage that the log tells once, where it is noticed: whoever meets it need not tell it again.</summary>
    bool IsToldElsewhere => false;
}

/// <summary>Carries a <see cref="Problem"/> out of a place that can only throw (a message handler, a binder).</summary>
public sealed class ProblemException(Problem problem, Exception? inner = null) : Exception(problem.Detail, inner), IProblemException
{
    public Problem Problem { get; } = problem;
}
