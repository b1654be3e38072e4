using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Common;
using Siro.Gateway.Events;
using Siro.Gateway.Subscriptions;
using StandardWebhooks;
using StandardWebhooks.Diagnostics;

namespace Siro.Gateway.Tests.Events;

public class WebhookSignatureTests
{
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Vector = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly Secret Published = new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("{\"test\": 2432232314}");

    private static IReadOnlyList<byte[]> Keys(params Secret[] secrets) => WebhookSignature.Keys(secrets);

    [Fact]
    public void The_published_vector_is_what_is_signed() =>
        Assert.Equal(Vector, WebhookSignature.Sign(Keys(Published), Id, 1614265330, Body));

    [Fact]
    public void The_published_vector_verifies() =>
        Assert.True(WebhookSignature.Verify(Keys(Published), Id, "1614265330", Body, Vector));

    [Fact]
    public void One_fitting_signature_among_several_is_enough()
    {
        var other = SigningSecret.New(new Randomness());
        var header = "v2,abc v1a,def " + WebhookSignature.Sign(Keys(other, Published), Id, 1614265330, Body);
        Assert.True(WebhookSignature.Verify(Keys(Published), Id, "1614265330", Body, header));
        Assert.True(WebhookSignature.Verify(Keys(other), Id, "1614265330", Body, header));
        Assert.True(WebhookSignature.Verify(Keys(SigningSecret.New(new Randomness()), Published), Id, "1614265330", Body, header));
    }

    [Theory]
    [InlineData("msg_other", "1614265330", "{\"test\": 2432232314}", Vector)]
    [InlineData(Id, "1614265331", "{\"test\": 2432232314}", Vector)]
    [InlineData(Id, "01614265330", "{\"test\": 2432232314}", Vector)]
    [InlineData(Id, "1614265330", "{\"test\":2432232314}", Vector)]
    [InlineData(Id, "1614265330", "", Vector)]
    [InlineData(Id, "1614265330", "{\"test\": 2432232314}", "v1,AAAA")]
    [InlineData(Id, "1614265330", "{\"test\": 2432232314}", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData(Id, "1614265330", "{\"test\": 2432232314}", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData(Id, "1614265330", "{\"test\": 2432232314}", "")]
    [InlineData(Id, "1614265330", "{\"test\": 2432232314}", "v1,")]
    public void Anything_else_does_not_verify(string id, string timestamp, string body, string header) =>
        Assert.False(WebhookSignature.Verify(Keys(Published), id, timestamp, Encoding.UTF8.GetBytes(body), header));

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\":\"J\u00fcrgen \u2603\"}")]
    [InlineData(" {\"a\" : 1}\r\n")]
    public void What_is_signed_verifies_with_the_library_that_subscribers_have_under_each_of_two_secrets(string body)
    {
        var (old, current, foreign) = (
            SigningSecret.New(new Randomness()), SigningSecret.New(new Randomness()), SigningSecret.New(new Randomness()));
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var signatures = WebhookSignature.Sign(Keys(old, current), Id, timestamp, Encoding.UTF8.GetBytes(body)).Split(' ');

        // The library reads the first signature alone; which is whose is the order of the secrets.
        HeaderDictionary Headers(string signature) => new()
        {
            ["webhook-id"] = Id,
            ["webhook-timestamp"] = timestamp.ToString(CultureInfo.InvariantCulture),
            ["webhook-signature"] = signature,
        };
        new StandardWebhook(old.Reveal()).Verify(body, Headers(signatures[0]));
        new StandardWebhook(current.Reveal()).Verify(body, Headers(signatures[1]));
        Assert.Equal(2, signatures.Length);
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhook(foreign.Reveal()).Verify(body, Headers(signatures[0])));
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhook(current.Reveal()).Verify(body + " ", Headers(signatures[1])));
    }

    [Fact]
    public void What_the_library_signs_verifies_here()
    {
        var secret = SigningSecret.New(new Randomness());
        const string body = "{\"name\":\"J\u00fcrgen \u2603\"}";

        var signature = new StandardWebhook(secret.Reveal()).Sign(Id, DateTimeOffset.FromUnixTimeSeconds(1614265330), body);

        Assert.True(WebhookSignature.Verify(Keys(secret), Id, "1614265330", Encoding.UTF8.GetBytes(body), signature));
        Assert.False(WebhookSignature.Verify(Keys(Published), Id, "1614265330", Encoding.UTF8.GetBytes(body), signature));
    }

    [Fact]
    public void Without_keys_nothing_verifies() => Assert.False(WebhookSignature.Verify([], Id, "1614265330", Body, Vector));

    [Fact]
    public void A_new_secret_has_32_bytes_and_is_good_for_subscribers()
    {
        var secret = SigningSecret.New(new Randomness());
        Assert.Equal(32, SigningSecret.Key(secret)!.Length);
        Assert.True(SigningSecret.IsGoodForSubscribers(secret));
        Assert.DoesNotContain("whsec", secret.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("whsec_AAAA")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_not base64 at all, and long enough to be")]
    [InlineData("")]
    public void Short_bare_or_broken_secrets_are_not_for_subscribers(string secret) =>
        Assert.False(SigningSecret.IsGoodForSubscribers(new Secret(secret)));
}
