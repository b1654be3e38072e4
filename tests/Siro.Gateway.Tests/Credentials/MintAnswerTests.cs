using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;

namespace Siro.Gateway.Tests.Credentials;

public class MintAnswerTests
{
    private static readonly OAuthApp App = new(
        World.Acme, "app", new Secret("s"), TimeSpan.FromHours(16),
        MintPipeline.For(new CredentialTimings(), TimeProvider.System, new Randomness()));

    [Theory]
    [InlineData(200, """{"accessTokenId":"i","accessToken":"t"}""")]
    [InlineData(201, """{"accessTokenId":"i","accessToken":"t"}""")]
    [InlineData(201, """{"data":{"accessTokenId":"i","accessToken":"t"}}""")]
    [InlineData(200, """{"accessToken":"t"}""")]
    public void A_token_is_read_from_every_published_form(int status, string body)
    {
        var result = Read(status, body);
        Assert.Equal(MintOutcome.Minted, result.Outcome);
        Assert.Equal("t", result.Token!.Value.Reveal());
        Assert.Equal(TimeSpan.FromHours(16), result.Token.Left);
    }

    [Theory]
    [InlineData(404, """{"error":"User not found"}""", "UserRefused")]
    [InlineData(403, """{"error":"User is disabled"}""", "UserRefused")]
    [InlineData(
        422, """{"issues":[{"code":"invalid_string","path":["userId"],"message":"Invalid uuid"}],"name":"ZodError"}""", "UserRefused")]
    [InlineData(404, """{"error":"OAuth app not found"}""", "AppRefused")]
    [InlineData(401, """{"error":"Invalid client credentials"}""", "AppRefused")]
    [InlineData(401, """{"error":"Unauthorized"}""", "AppRefused")]
    [InlineData(404, """{"code":404,"message":"The current request is not defined by this API."}""", "AppRefused")]
    [InlineData(429, "", "Throttled")]
    [InlineData(500, """{"error":"x"}""", "Failed")]
    [InlineData(302, "", "Failed")]
    [InlineData(201, "", "Failed")]
    [InlineData(201, "[]", "Failed")]
    [InlineData(201, "{\"accessToken\":5}", "Failed")]
    [InlineData(201, "{\"accessToken\":\"a\\r\\nb\"}", "Failed")]
    [InlineData(201, "<html>", "Failed")]
    public void Everything_else_is_somebodys_fault(int status, string body, string outcome)
    {
        var result = Read(status, body);
        Assert.Equal(outcome, result.Outcome.ToString());
        Assert.Null(result.Token);
    }

    [Theory]
    [InlineData("""{"iat":1000,"exp":4600}""", 3600)]
    [InlineData("""{"iat":1000,"exp":1000000}""", 57600)]
    [InlineData("""{"iat":4600,"exp":1000}""", 57600)]
    [InlineData("""{"exp":1000}""", 57600)]
    [InlineData("""{"iat":"1000","exp":4600}""", 57600)]
    [InlineData("[]", 57600)]
    [InlineData("no json", 57600)]
    public void A_token_that_says_itself_that_it_ends_sooner_is_believed(string claims, int seconds)
    {
        var token = $"e30.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.c2ln";
        Assert.Equal(TimeSpan.FromSeconds(seconds), TokenLife.Of(token, TimeSpan.FromHours(16)));
        Assert.Equal(TimeSpan.FromHours(16), TokenLife.Of("opaque", TimeSpan.FromHours(16)));
    }

    [Fact]
    public void A_refused_organization_token_and_a_refused_secret_are_told_apart()
    {
        Assert.Contains(
            "Siro:Organizations:acme:OrganizationToken", Read(401, """{"error":"Unauthorized"}""").Why, StringComparison.Ordinal);
        Assert.Contains("Siro:Organizations:acme:OAuth:ClientSecret", Read(401, """{"error":"Invalid client credentials"}""").Why,
            StringComparison.Ordinal);
        Assert.Contains(
            "Siro:UserAgent", MintAnswer.Read(App, HttpStatusCode.Forbidden, [], isCdn: true, null, 0).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_passes_after_some_attempts_is_no_failure()
    {
        var pipeline = MintPipeline.For(new CredentialTimings { Backoff = TimeSpan.Zero }, TimeProvider.System, new Randomness());
        var asked = 0;
        var result = await pipeline.ExecuteAsync(
            _ => new ValueTask<MintResult>(new MintResult(++asked <= 4 ? MintOutcome.Failed : MintOutcome.Throttled)),
            TestContext.Current.CancellationToken);
        Assert.Equal((MintOutcome.Throttled, 5), (result.Outcome, asked));
    }

    [Fact]
    public async Task Several_failures_in_a_row_open_the_breaker_for_a_while()
    {
        var clock = new FakeTimeProvider();
        var timings = new CredentialTimings { BreakAfter = 3, Backoff = TimeSpan.Zero };
        var pipeline = MintPipeline.For(timings, clock, new Randomness());
        var asked = 0;
        async Task<MintResult> Mint() => await pipeline.ExecuteAsync(_ =>
        {
            asked++;
            return new ValueTask<MintResult>(new MintResult(MintOutcome.Failed));
        }, TestContext.Current.CancellationToken);
        var broken = await Assert.ThrowsAsync<Polly.CircuitBreaker.BrokenCircuitException>(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                await Mint();
            }
        });
        Assert.Equal(3, asked);
        Assert.InRange(broken.RetryAfter!.Value, TimeSpan.FromSeconds(1), timings.Break);
        clock.Advance(timings.Break);
        var recovered = await pipeline.ExecuteAsync(
            _ => new ValueTask<MintResult>(new MintResult(MintOutcome.Throttled)), TestContext.Current.CancellationToken);
        Assert.Equal(MintOutcome.Throttled, recovered.Outcome);
    }

    private static MintResult Read(int status, string body) =>
        MintAnswer.Read(App, (HttpStatusCode)status, Encoding.UTF8.GetBytes(body), isCdn: false, null, 0);
}
