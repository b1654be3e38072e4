using System.Net.Http.Headers;
using System.Text;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Asks Siro's token endpoint for a client token (RFC 6749, section 4.4). That endpoint is a host of its own: no budget counts it, and no
/// other credential goes there.
/// </summary>
internal sealed class ClientTokenRequest(ISettings<SiroOptions> options, TimeProvider time, CredentialTimings timings) : IDisposable
{
    private const string Operation = "POST /oauth2/token";

    private readonly HttpMessageInvoker _invoker = new(HttpSockets.Create(static handler =>
    {
        handler.ConnectTimeout = TimeSpan.FromSeconds(5);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1);
    }));

    public async Task<MintResult> SendAsync(ClientApp app, CancellationToken cancellationToken)
    {
        var sentAt = time.GetTimestamp();
        using var limit = new CancellationTokenSource(timings.Attempt, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = Request(app.Options);
        using var activity = GatewayActivities.ToSiro(Operation, request);
        activity?.SetTag("siro.organization", app.Organization.Value);
        try
        {
            using var response = await _invoker.SendAsync(request, both.Token);
            await CdnRefusal.ExamineAsync(response, both.Token);
            activity.Ended((int)response.StatusCode);
            var body = await MintAnswer.ReadBodyAsync(response, both.Token);
            return ClientTokenAnswer.Read(app, response.StatusCode, body, CdnRefusal.Is(response), RetryAfter.Of(response, time), sentAt);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            activity.Failed(e);
            return new MintResult(
                MintOutcome.Failed, Why: $"The token endpoint can't be reached ({ClientTokenAnswer.Setting(app)}:TokenAddress).");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            activity.Failed(e);
            return new MintResult(
                MintOutcome.Failed, Why: $"The token endpoint did not answer in time ({ClientTokenAnswer.Setting(app)}:TokenAddress).");
        }
    }

    /// <summary>Ends a token before its time (RFC 7009). False where no address is configured or the endpoint does not do it.</summary>
    public async Task<bool> RevokeAsync(ClientApp app, Secret token, CancellationToken cancellationToken)
    {
        if (app.Options.RevocationAddress is not { Length: > 0 } address)
        {
            return false;
        }

        using var request = Request(app.Options, new Uri(address), [new("token", token.Reveal()), new("token_type_hint", "access_token")]);
        try
        {
            using var response = await _invoker.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private HttpRequestMessage Request(ClientCredentialsOptions client)
    {
        var fields = new List<KeyValuePair<string, string>> { new(client.GrantTypeField, "client_credentials") };
        if (!string.IsNullOrWhiteSpace(client.Scope))
        {
            fields.Add(new(client.ScopeField, client.Scope));
        }

        fields.AddRange(client.Parameters);
        return Request(client, new Uri(client.TokenAddress), fields);
    }

    private HttpRequestMessage Request(ClientCredentialsOptions client, Uri address, List<KeyValuePair<string, string>> fields)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        var (id, secret) = (client.ClientId!, client.ClientSecret!.Reveal());
        if (client.Authentication == ClientAuthentication.Basic)
        {
            // Both are form-encoded first (RFC 6749, section 2.3.1).
            var pair = $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else
        {
            fields.Add(new(client.ClientIdField, id));
            fields.Add(new(client.ClientSecretField, secret));
        }

        request.Headers.TryAddWithoutValidation("User-Agent", options.Current.UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Content = new FormUrlEncodedContent(fields);
        return request;
    }
}
