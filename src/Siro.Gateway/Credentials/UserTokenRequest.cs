using System.Net.Http.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Asks Siro for a user token: through the Siro client, with the organization's credential, under the client it works for.
/// </summary>
/// <param name="services">The client itself needs the credentials, so it is asked for at the first mint.</param>
internal sealed class UserTokenRequest(IServiceProvider services, TimeProvider time, CredentialTimings timings)
{
    private const string Operation = "POST /v1/core/oauth/apps/{clientId}/access-token";

    public async Task<MintResult> SendAsync(OAuthApp app, TokenKey key, MintFor mintFor, CancellationToken cancellationToken)
    {
        var sentAt = time.GetTimestamp();
        using var limit = new CancellationTokenSource(timings.Attempt, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var request = new SiroRequest
            {
                Organization = app.Organization,
                Host = SiroHost.External,
                Client = mintFor.Client,
                Priority = mintFor.Priority,
                Scope = TokenScope.Write,
                Operation = Operation,
                MaxWait = timings.Budget,
                IsMint = true,
            };
            using var body = JsonContent.Create(
                new MintBody(app.ClientSecret.Reveal(), key.User.Value, key.Scope == TokenScope.Read ? "read" : "write"));
            var siro = services.GetRequiredService<SiroClient>();
            using var response = await siro.SendAsync(
                request, HttpMethod.Post, $"v1/core/oauth/apps/{Uri.EscapeDataString(app.ClientId)}/access-token", body, both.Token);
            var answer = await MintAnswer.ReadBodyAsync(response, both.Token);
            using (var json = ClientTokenAnswer.Parse(answer))
            {
                siro.Contracts.Compare(request, (int)response.StatusCode, json?.RootElement);
            }

            return MintAnswer.Read(app, response.StatusCode, answer, CdnRefusal.Is(response), Common.RetryAfter.Of(response, time), sentAt);
        }
        catch (ProblemException e)
        {
            return e.Problem.Status == StatusCodes.Status429TooManyRequests
                ? new MintResult(
                    MintOutcome.Throttled, Why: "There is no budget to ask Siro for a user token.", RetryAfter: e.Problem.RetryAfter)
                : new MintResult(MintOutcome.Failed, Why: e.Problem.Detail, RetryAfter: e.Problem.RetryAfter);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new MintResult(MintOutcome.Failed, Why: "Siro can't be reached for a user token.");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new MintResult(MintOutcome.Failed, Why: "Siro did not answer the request for a user token in time.");
        }
    }

    private sealed record MintBody(string ClientSecret, string UserId, string Scope);
}
