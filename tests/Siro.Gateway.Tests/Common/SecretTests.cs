using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Common;

public sealed class SecretTests
{
    private readonly Secret _secret = new("canary-3f9a\n");

    [Fact]
    public void A_secret_shows_its_value_only_when_it_is_asked_to_reveal_it()
    {
        Assert.Equal("canary-3f9a", _secret.Reveal());
        Assert.Equal(Secret.Redacted, _secret.ToString());
        Assert.Equal(Secret.Redacted, $"{_secret}");
        Assert.DoesNotContain("canary", JsonSerializer.Serialize(new { secret = _secret }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_holds_a_secret_prints_without_it() =>
        Assert.DoesNotContain("canary", new Holder("a", _secret).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Secrets_are_equal_by_value()
    {
        Assert.Equal(new Secret("canary-3f9a"), _secret);
        Assert.NotEqual(new Secret("canary-3f9b"), _secret);
    }

    private sealed record Holder(string Name, Secret Secret);
}
