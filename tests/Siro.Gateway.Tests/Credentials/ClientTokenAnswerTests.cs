using System.Net;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Credentials;

public class ClientTokenAnswerTests
{
    private static readonly ClientApp App = Make(new ClientCredentialsOptions());

    [Theory]
    [InlineData("3599", 3599)]
    [InlineData("\"1800\"", 1800)]
    [InlineData("5", 5)]
    [InlineData("0", 3600)]
    [InlineData("-1", 3600)]
    [InlineData("0.2", 3600)]
    [InlineData("315360000", 3600)]
    [InlineData("1e300", 3600)]
    [InlineData("null", 3600)]
    [InlineData("\"soon\"", 3600)]
    public void What_the_answer_says_about_the_life_is_believed_downwards_and_only_where_it_can_be_meant(string expiresIn, int seconds)
    {
        var result = Read(200, $$"""{"access_token":"t","token_type":"Bearer","expires_in":{{expiresIn}}}""");
        Assert.Equal(TimeSpan.FromSeconds(seconds), result.Token!.Life);
    }

    [Fact]
    public void An_answer_without_a_life_has_that_of_the_setting() =>
        Assert.Equal(TimeSpan.FromHours(1), Read(201, """{"access_token":"t"}""").Token!.Left);

    [Theory]
    [InlineData(200, """{"error":"invalid_client"}""", "AppRefused")]
    [InlineData(401, """{"error":"invalid_client"}""", "AppRefused")]
    [InlineData(400, """{"error":"invalid_scope"}""", "AppRefused")]
    [InlineData(403, "", "AppRefused")]
    [InlineData(200, """{"error":"temporarily_unavailable"}""", "Failed")]
    [InlineData(200, "<html>", "Failed")]
    [InlineData(200, "", "Failed")]
    [InlineData(200, "[]", "Failed")]
    [InlineData(200, """{"access_token":""}""", "Failed")]
    [InlineData(200, """{"access_token":"a b"}""", "Failed")]
    [InlineData(200, """{"access_token":"t","token_type":"mac"}""", "Failed")]
    [InlineData(408, "", "Failed")]
    [InlineData(429, "", "Throttled")]
    [InlineData(503, """{"error":"server_error"}""", "Failed")]
    public void What_holds_no_token_is_told_apart(int status, string body, string outcome)
    {
        var result = Read(status, body);
        Assert.Equal(outcome, result.Outcome.ToString());
        Assert.NotEmpty(result.Why);
        Assert.Null(result.Token);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client"}""", ":ClientId, ClientSecret and Authentication.")]
    [InlineData(400, """{"error":"invalid_scope"}""", ":Scope.")]
    [InlineData(400, """{"error":"unsupported_grant_type"}""", ":TokenAddress and GrantTypeField.")]
    [InlineData(404, "", "Siro:Organizations:acme:ClientCredentials.")]
    [InlineData(200, "<html>", ":TokenAddress.")]
    [InlineData(200, "{}", ":AccessTokenField.")]
    public void The_operator_is_told_which_settings_to_check(int status, string body, string settings) =>
        Assert.EndsWith(settings, Read(status, body).Why, StringComparison.Ordinal);

    [Fact]
    public void Nothing_of_a_body_is_repeated_but_known_error_codes()
    {
        var result = Read(400, """{"error":"secret=canary","error_description":"client_secret canary is wrong"}""");
        Assert.DoesNotContain("canary", result.Why, StringComparison.Ordinal);
        Assert.Contains("invalid_client", Read(401, """{"error":"invalid_client"}""").Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fields_names_are_settings()
    {
        var app = Make(new ClientCredentialsOptions { AccessTokenField = "token", ExpiresInField = "ttl" });
        var result = Read(200, """{"token":"t","ttl":60}""", app);
        Assert.Equal("t", result.Token!.Value.Reveal());
        Assert.Equal(TimeSpan.FromMinutes(1), result.Token.Life);
    }

    private static MintResult Read(int status, string body, ClientApp? app = null) =>
        ClientTokenAnswer.Read(app ?? App, (HttpStatusCode)status, Encoding.UTF8.GetBytes(body), isCdn: false, retryAfter: null, sentAt: 0);

    private static ClientApp Make(ClientCredentialsOptions options)
    {
        options.ClientId = "client";
        options.ClientSecret = new Secret("s");
        var timings = new CredentialTimings();
        return new ClientApp(
            World.Acme, options, MintPipeline.For(timings, TimeProvider.System, new Randomness()),
            new HostRefusals(TimeProvider.System, timings));
    }
}
