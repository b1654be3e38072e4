using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>
/// Carries a refusal's <see cref="Problem"/> through the framework's results, which know failures as exceptions. Never thrown.
/// </summary>
internal sealed class RefusedCredentialException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
