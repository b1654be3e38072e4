using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>A token, or why there is none.</summary>
/// <param name="Token">Null exactly when there is a problem.</param>
/// <param name="Source">Where it came from: <c>memory</c>, <c>store</c>, <c>mint</c>.</param>
internal sealed record TokenResult(MintedToken? Token, Problem? Problem, string Source)
{
    public static TokenResult Of(MintedToken token, string source) => new(token, null, source);

    public static TokenResult Of(Problem problem) => new(null, problem, "none");
}

/// <summary>The problems of this feature.</summary>
internal static class CredentialProblems
{
    public static Problem NoOrganization(OrganizationKey organization) =>
        new(503, "organization_missing", $"The organization {organization} is not configured (Siro:Organizations:{organization}).");

    public static Problem NoApp(OrganizationKey organization) =>
        new(503, "oauth_app_missing",
            $"Calls to this host need an OAuth app: Siro:Organizations:{organization}:OAuth:ClientId and ClientSecret are not "
            + "configured.");

    public static Problem NoToken(OrganizationKey organization) =>
        Unavailable($"There is no organization token: Siro:Organizations:{organization}:OrganizationToken is not configured.");

    public static Problem NoUser { get; } =
        new(400, "acting_user_missing",
            "Calls to this host act as a Siro user: send Siro-User, or configure the client's DefaultUser or the organization's "
            + "DefaultUserId.");

    public static Problem UserForbidden { get; } = new(403, "user_forbidden", "Siro gives no token for this user.");

    public static Problem TooManyRefusedUsers(TimeSpan wait) =>
        new(429, "too_many_refused_users",
            "This client named too many users within a minute for whom Siro gives no token. Send only ids and emails of users of this "
            + "organization; those whose token is here are served meanwhile.") { RetryAfter = wait };

    public static Problem Unavailable(string why, TimeSpan? retryAfter = null) =>
        new(503, "siro_token_unavailable", why) { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(5) };
}
