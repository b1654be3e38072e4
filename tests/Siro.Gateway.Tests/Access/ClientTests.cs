using Siro.Gateway.Access;

namespace Siro.Gateway.Tests.Access;

public sealed class ClientTests
{
    [Theory]
    [InlineData("external:read platform:read", "", "external:read platform:read")]
    [InlineData("external:read platform:read", "external:read", "external:read")]
    [InlineData("external:read", "external:read admin", "external:read")]
    [InlineData("external:read", "sync:write", "")]
    [InlineData("", "sync:write", "sync:write")]
    [InlineData("", "", "")]
    [InlineData("admin", "external:read", "external:read")]
    [InlineData("admin", "admin",
        "admin calls:write events:read external:admin external:read external:write links:read people:read platform:read "
        + "platform:write subscriptions:write sync:write uploads:write")]
    public void Roles_narrow_and_never_widen(string words, string roles, string effective)
    {
        var client = new Client("crm", new ClientOptions { Permissions = Words(words) });

        Assert.Equal(Words(effective), client.PermissionsWith(Words(roles)).Order(StringComparer.Ordinal));
    }

    private static List<string> Words(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
}
