using System.Collections.Concurrent;
using Siro.Emulator.Organizations;

namespace Siro.Emulator.Access;

/// <summary>Every token ever given out, by its value and by its id.</summary>
public sealed class TokenRegistry(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Token> _byValue = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Token> _byId = new(StringComparer.Ordinal);

    public IEnumerable<Token> All => _byId.Values.OrderBy(t => t.CreatedAt).ThenBy(t => t.Id, StringComparer.Ordinal);

    public Token? ByValue(string value) => _byValue.GetValueOrDefault(value);

    public Token? ById(string id) => _byId.GetValueOrDefault(id);

    /// <summary>A new organization token.</summary>
    public Token Issue(Organization organization, string name, string? value = null) =>
        Keep(new Token(Identifiers.NewUuid(), value ?? Identifiers.NewSecret("siroorg_"), TokenKind.Organization, organization,
            Moment.Now(time), time) { Name = name });

    /// <summary>A new user token.</summary>
    public Token Mint(Organization organization, SiroUser user, TokenKind scope, string clientId, TimeSpan lifetime)
    {
        var now = Moment.Now(time);
        return Keep(new Token(Identifiers.NewUuid(), Identifiers.NewSecret(scope == TokenKind.Read ? "sirouser_r_" : "sirouser_w_"), scope,
            organization, now, time)
        {
            User = user,
            ClientId = clientId,
            ExpiresAt = now + lifetime,
        });
    }

    /// <summary>A new client token.</summary>
    public Token IssueToClient(Organization organization, string clientId, TimeSpan lifetime)
    {
        var now = Moment.Now(time);
        return Keep(new Token(Identifiers.NewUuid(), Identifiers.NewSecret("siroclient_"), TokenKind.Client, organization, now, time)
        {
            ClientId = clientId,
            ExpiresAt = now + lifetime,
        });
    }

    /// <summary>Revokes every live client token: the next request with one gets 401.</summary>
    public int RevokeClientTokens() => Revoke(token => token.Kind == TokenKind.Client);

    /// <summary>Revokes every live user token (of one user, when given): the next request with one gets 401.</summary>
    public int RevokeUserTokens(string? userId = null) =>
        Revoke(token => token.Kind is TokenKind.Read or TokenKind.Write && (userId is null || token.User?.Id == userId));

    private int Revoke(Func<Token, bool> chosen)
    {
        var now = Moment.Now(time);
        var count = 0;
        foreach (var token in _byId.Values)
        {
            if (chosen(token) && token.IsLive(now))
            {
                token.RevokedAt = now;
                count++;
            }
        }

        return count;
    }

    private Token Keep(Token token)
    {
        _byValue[token.Value] = token;
        _byId[token.Id] = token;
        return token;
    }
}
