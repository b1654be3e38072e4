using System.Net.Http.Json;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>Mints through the one door, with the organization's token, under the client it works for. Retries with backoff behind the app's breaker.</summary>
/// <param name="services">The door itself needs the credentials, so it is asked for at the first mint.</param>
internal sealed partial class SiroTokenMint(IServiceProvider services, TimeProvider time, CredentialTimings timings, ILogger<SiroTokenMint> logger) : ITokenMint
{
    private const string Operation = "POST /v1/core/oauth/apps/{clientId}/access-token";

    public async Task<MintResult> MintAsync(OAuthApp app, TokenKey key, MintFor mintFor, CancellationToken cancellationToken)
    {
        MintResult result;
        try
        {
            result = await app.Pipeline.ExecuteAsync(
                static async (state, token) => await state.Self.SendAsync(state.app, state.key, state.mintFor, token),
                (Self: this, app, key, mintFor),
                cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            result = new MintResult(MintOutcome.Broken, Why: $"Siro has refused user tokens of {app.Organization} several times in a row.", RetryAfter: e.RetryAfter);
        }

        if (result.Outcome is not (MintOutcome.Minted or MintOutcome.Broken))
        {
            Log.Failed(logger, app.Organization, result.Outcome, result.Why);
        }

        return result;
    }

    private async Task<MintResult> SendAsync(OAuthApp app, TokenKey key, MintFor mintFor, CancellationToken cancellationToken)
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
            using var body = JsonContent.Create(new MintBody(app.ClientSecret.Reveal(), key.User.Value, key.Scope == TokenScope.Read ? "read" : "write"));
            using var response = await services.GetRequiredService<SiroClient>().SendAsync(
                request, HttpMethod.Post, $"v1/core/oauth/apps/{Uri.EscapeDataString(app.ClientId)}/access-token", body, both.Token);
            var answer = await ReadAsync(response, both.Token);
            return MintAnswer.Read(app, response.StatusCode, answer, CdnRefusal.Is(response), Common.RetryAfter.Of(response, time), sentAt);
        }
        catch (ProblemException e)
        {
            return e.Problem.Status == StatusCodes.Status429TooManyRequests
                ? new MintResult(MintOutcome.Throttled, Why: "There is no budget to ask Siro for a user token.", RetryAfter: e.Problem.RetryAfter)
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

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MintAnswer.MostBytes];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes[..length];
    }

    private sealed record MintBody(string ClientSecret, string UserId, string Scope);

    private static partial class Log
    {
        [LoggerMessage(1402, LogLevel.Warning, "No user token of {Organization} from Siro ({Outcome}). {Why}")]
        public static partial void Failed(ILogger logger, OrganizationKey organization, MintOutcome outcome, string why);
    }
}
