using Siro.Gateway.Common;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Tests.Subscriptions;

public class RotationTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_secret_signs_until_what_its_rotation_promised()
    {
        var once = Subscription().Rotated(new Secret("two"), Now.AddHours(24), Now);
        var twice = once.Rotated(new Secret("three"), Now.AddHours(25), Now.AddHours(1));
        Assert.Equal(["three", "two", "one"], Signing(twice, Now.AddHours(23)));
        Assert.Equal(["three", "two"], Signing(twice, Now.AddHours(24)));
        Assert.Equal(["three"], Signing(twice, Now.AddHours(25)));
        Assert.Equal(Now.AddHours(25), twice.PreviousSecretUntil(Now.AddHours(2)));
        Assert.Null(twice.PreviousSecretUntil(Now.AddHours(25)));
    }

    [Fact]
    public void A_secret_that_comes_back_signs_once()
    {
        var back = Subscription().Rotated(new Secret("two"), Now.AddHours(24), Now).Rotated(new Secret("one"), Now.AddHours(24), Now);
        Assert.Equal(["one", "two"], Signing(back, Now));
    }

    [Fact]
    public void What_has_ended_is_forgotten_by_the_next_rotation()
    {
        var later = Subscription().Rotated(new Secret("two"), Now.AddHours(24), Now)
            .Rotated(new Secret("three"), Now.AddHours(72), Now.AddHours(48));
        Assert.Equal(["two"], later.PreviousSecrets.Select(p => p.Secret.Reveal()));
    }

    private static IEnumerable<string> Signing(Subscription subscription, DateTimeOffset at) =>
        subscription.SigningSecrets(at).Select(s => s.Reveal());

    private static Subscription Subscription() => new()
    {
        Id = new SubscriptionId("sub_1"),
        Organization = new OrganizationKey("acme"),
        Events = ["*"],
        Secret = new Secret("one"),
        CreatedAt = Now,
        UpdatedAt = Now,
    };
}
