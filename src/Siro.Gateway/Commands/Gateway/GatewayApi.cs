using System.Net;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands.Gateway;

/// <summary>
/// A running gateway's own API, as its commands call it. A refusal and an absence are <see cref="CommandFailure"/>s with the words for the
/// operator.
/// </summary>
internal sealed class GatewayApi(Uri gateway, Secret apiKey) : IDisposable
{
    private const int MostAnswer = 64 * 1024 * 1024;

    private readonly HttpClient _client = new(HttpSockets.Create(static handler =>
    {
        // A company's proxy may stand between an operator's machine and the gateway.
        handler.UseProxy = true;
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
    }))
    {
        BaseAddress = gateway,
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = MostAnswer,
    };

    /// <summary>Where it is.</summary>
    public Uri Gateway => gateway;

    /// <summary>Asks, and answers with the JSON; an undefined element for an answer without a body.</summary>
    public async Task<JsonElement> SendAsync(
        HttpMethod method, string path, object? body, TimeSpan within, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(within, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("X-Api-Key", apiKey.Reveal());
        if (body is not null)
        {
            request.Content = new StringContent(
                JsonSerializer.Serialize(body, JsonSerializerOptions.Web), Encoding.UTF8, "application/json");
        }

        try
        {
            using var response = await _client.SendAsync(request, either.Token);
            var answer = await ReadAsync(response, either.Token);
            return response.IsSuccessStatusCode ? answer : throw GatewayRefusal.Of(response.StatusCode, answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new GatewayAwayException($"The gateway at {gateway} can't be reached: {e.GetBaseException().Message.TrimEnd('.')}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GatewayAwayException($"The gateway at {gateway} does not answer within {within.TotalSeconds:0} s.");
        }
    }

    /// <summary>As <see cref="SendAsync"/> without a body, within half a minute.</summary>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, TimeSpan.FromSeconds(30), cancellationToken);

    /// <summary>As <see cref="SendAsync"/>, within half a minute.</summary>
    public Task<JsonElement> PostAsync(string path, object? body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body ?? new { }, TimeSpan.FromSeconds(30), cancellationToken);

    /// <summary>True for what a header can carry.</summary>
    public static bool IsHeader(string value) => value.All(c => c is >= ' ' and <= '~');

    public void Dispose() => _client.Dispose();

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (text.Length == 0)
        {
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // A load balancer's page while the gateway restarts is not the gateway's word.
            throw response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                ? new GatewayAwayException($"The gateway is away: what stands before it answers {(int)response.StatusCode}.")
                : new CommandFailure(ExitCodes.Away, $"What answers there is no gateway (status {(int)response.StatusCode}, no JSON).");
        }
    }
}

/// <summary>The gateway can't be reached, or says itself that it is of no use for the moment.</summary>
internal sealed class GatewayAwayException(string message) : CommandFailure(ExitCodes.Away, message);

/// <summary>The gateway's problem.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">Its stable code; <c>unknown</c> where the answer had none.</param>
internal sealed class GatewayRefusal(HttpStatusCode status, string code, string message)
    : CommandFailure((int)status >= 500 ? ExitCodes.Away : ExitCodes.Refused, message)
{
    public HttpStatusCode Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>The detail, the code, and each error with its field; 502 to 504 are an absence, not a refusal.</summary>
    public static CommandFailure Of(HttpStatusCode status, JsonElement problem)
    {
        var code = problem.Text("code") ?? "unknown";
        var text = new StringBuilder();
        text.Append(problem.Text("detail") ?? $"The gateway refused it (status {(int)status}).").Append(" [").Append(code).Append(']');
        foreach (var list in new[] { "errors", "issues" })
        {
            foreach (var item in problem.Items(list))
            {
                text.Append("\n  ").Append(item.Text("field") ?? item.ToString()).Append(' ').Append(item.Text("message"));
            }
        }

        return status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            ? new GatewayAwayException(text.ToString())
            : new GatewayRefusal(status, code, text.ToString());
    }
}

/// <summary>Lists in JSON that need not be there.</summary>
internal static class JsonMembers
{
    /// <summary>An array's elements; none where there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Array
            ? value.EnumerateArray()
            : [];
}
