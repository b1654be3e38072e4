using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Credentials;

public class TokenKeyTests
{
    [Fact]
    public void Every_part_makes_another_key()
    {
        var keys = new[]
        {
            Key("acme", "app", "v", "u", TokenScope.Read),
            Key("acme", "app", "v", "u", TokenScope.Write),
            Key("acme", "app", "v", "w", TokenScope.Read),
            Key("acme", "app", "w", "u", TokenScope.Read),
            Key("acme", "bpp", "v", "u", TokenScope.Read),
            Key("bcme", "app", "v", "u", TokenScope.Read),

            // The same characters in a row, divided otherwise.
            Key("acme", "appv", "", "u", TokenScope.Read),
            Key("acmea", "ppv", "", "u", TokenScope.Read),
            Key("acme", "app", "v", "u,4:read", TokenScope.Read),
        };
        Assert.Equal(keys.Length, keys.Select(k => k.Name).Distinct().Count());
        Assert.Equal(keys.Length, keys.Select(k => k.Context).Distinct().Count());
    }

    [Fact]
    public void The_secret_itself_stands_in_no_name()
    {
        var version = TokenKey.VersionOf(new Secret("very-secret"));
        Assert.DoesNotContain("very-secret", version, StringComparison.Ordinal);
        Assert.NotEqual(version, TokenKey.VersionOf(new Secret("another")));
        Assert.NotEqual(version, TokenHash.Of(new Secret("very-secret")));
    }

    private static TokenKey Key(string organization, string client, string version, string user, TokenScope scope) =>
        new(new OrganizationKey(organization), client, version, new UserId(user), scope);
}
