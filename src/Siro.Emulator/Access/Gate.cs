using Siro.Emulator.Hosting;

namespace Siro.Emulator.Access;

/// <summary>Who may pass: the right kind of token, in its own header, on its own host, for the verb.</summary>
internal sealed class Gate(TokenRegistry tokens, EmulatorOptions options)
{
    private const string UserHeader = "x-siro-auth-token";
    private static readonly Answer Unauthorized = Answer.Error(401, "Unauthorized");

    /// <summary>The token that the request carries in either header, whatever it is worth; for counting arrivals.</summary>
    public Token? Find(HttpRequest request)
    {
        if (request.Headers.TryGetValue(UserHeader, out var user) && user.Count == 1 && tokens.ByValue(user[0]!) is { } token)
        {
            return token;
        }

        return Bearer(request) is { } bearer ? tokens.ByValue(bearer) : null;
    }

    /// <summary>Null when the request may pass.</summary>
    public Answer? Refuse(Exchange exchange)
    {
        var request = exchange.Http.Request;
        var hasBearer = request.Headers.Authorization.Count > 0;
        var hasUser = request.Headers.ContainsKey(UserHeader);
        if (exchange.Host == SiroHost.External)
        {
            return TakesClient(exchange) ? null
                : hasUser || Bearer(request) is null || exchange.Token is not { Kind: TokenKind.Organization } token
                    || !token.IsLive(options.Time.GetUtcNow()) || HaveEnded
                ? Unauthorized
                : null;
        }

        if (TakesClient(exchange))
        {
            return null;
        }

        if (HaveUserTokensEnded || hasBearer || !hasUser
            || exchange.Token is not { Kind: TokenKind.Read or TokenKind.Write } access || !access.IsLive(options.Time.GetUtcNow()))
        {
            return Unauthorized;
        }

        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var allowed = access.Kind == TokenKind.Read ? reads : !reads || options.WriteTokensMayRead;
        return allowed
            ? null
            : Answer.Error(403, $"The token's scope does not allow {request.Method}");
    }

    /// <summary>Organization tokens are over, by a switch or by the announced day.</summary>
    private bool HaveEnded => !options.OrganizationTokens || options.Time.GetUtcNow() >= options.OrganizationTokensEnd;

    private bool HaveUserTokensEnded => !options.UserTokens || options.Time.GetUtcNow() >= options.UserTokensEndAt;

    /// <summary>
    /// A live client token, in the host's own header (or in both, as one integration sends it), where the host takes the kind.
    /// </summary>
    private bool TakesClient(Exchange exchange)
    {
        if (exchange.Token is not { Kind: TokenKind.Client } token || !token.IsLive(options.Time.GetUtcNow())
            || !options.ClientTokenHosts.HasFlag(Flag(exchange.Host)))
        {
            return false;
        }

        var headers = exchange.Http.Request.Headers;
        var bearer = Bearer(exchange.Http.Request);
        var user = headers.TryGetValue(UserHeader, out var values) ? values.ToString() : null;
        return exchange.Host == SiroHost.External
            ? bearer == token.Value && (user is null || user == bearer)
            : user == token.Value && (bearer is null || user == bearer);
    }

    private static ClientTokenHosts Flag(SiroHost host) => host switch
    {
        SiroHost.External => ClientTokenHosts.External,
        SiroHost.Platform => ClientTokenHosts.Platform,
        _ => ClientTokenHosts.Internal,
    };

    private static string? Bearer(HttpRequest request) =>
        request.Headers.Authorization is { Count: 1 } values && values[0] is { } value
            && value.StartsWith("Bearer ", StringComparison.Ordinal)
            ? value["Bearer ".Length..]
            : null;
}
