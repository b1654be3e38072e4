using System.CommandLine;
using System.Net;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands;

/// <summary>
/// <c>siro-gateway health [--ready] [--url URL] [--json]</c>: asks a running gateway, for images without a shell or curl. Exit code 0 or 1.
/// </summary>
internal static class HealthCommand
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var ready = new Option<bool>(
            "--ready") { Description = "Ask whether it takes traffic (/health/ready), not only whether it runs (/health/live)." };
        var url =
            new Option<string?>("--url") { Description =
            "The gateway's address. Default: this machine, on the port of ASPNETCORE_HTTP_PORTS or ASPNETCORE_URLS." };
        var json = new Option<bool>(
            "--json") { Description = "Print one JSON object: url, healthy, status (of HTTP; null without an answer), answer." };
        var health = new Command(
            "health", "Ask a running gateway how it is. Exit code 1 when it does not answer, or answers no.") { ready, url, json };
        health.SetAction(async (parsed, cancellationToken) =>
        {
            var address = Address(parsed.GetValue(url), parsed.GetValue(ready), Environment.GetEnvironmentVariable);
            if (address is null)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync("--url must be an http or https address.");
                return 1;
            }

            var (status, answer) = await AskAsync(address, cancellationToken);
            var healthy = status == (int)HttpStatusCode.OK;
            await (parsed.GetValue(json)
                ? parsed.InvocationConfiguration.Output.WriteLineAsync(
                JsonSerializer.Serialize(new { url = address, healthy, status, answer }, JsonSerializerOptions.Web))
                : (status is null ? parsed.InvocationConfiguration.Error : parsed.InvocationConfiguration.Output).WriteLineAsync(answer));
            return healthy ? ExitCodes.Done : ExitCodes.Wrong;
        });
        return health;
    }

    /// <summary>The address to ask; null when it is none.</summary>
    internal static Uri? Address(string? url, bool ready, Func<string, string?> variable)
    {
        var text = string.IsNullOrWhiteSpace(url) ? Own(variable) : url;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return null;
        }

        return address.AbsolutePath is "/" ? new Uri(address, ready ? "/health/ready" : "/health/live") : address;
    }

    private static string Own(Func<string, string?> variable)
    {
        var ports = First(variable("ASPNETCORE_HTTP_PORTS")) ?? First(variable("HTTP_PORTS"));
        var urls = variable("ASPNETCORE_URLS") ?? variable("URLS") ?? "";
        var listening = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(u => u.StartsWith("http://", StringComparison.OrdinalIgnoreCase));

        // As Kestrel reads them: the addresses win over the ports. A wildcard is no address to call.
        return listening is not null
            ? listening.Replace("//+", "//127.0.0.1", StringComparison.Ordinal).Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
                .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal).Replace("//[::]", "//127.0.0.1", StringComparison.Ordinal)
            : $"http://127.0.0.1:{ports ?? "5000"}";
    }

    private static string? First(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();

    /// <summary>The status and what was said; without a status why there was no answer.</summary>
    private static async Task<(int? Status, string Answer)> AskAsync(Uri address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(HttpSockets.Create()) { Timeout = TimeLimit,
            MaxResponseContentBufferSize = 64 * 1024 };
        try
        {
            using var response = await client.GetAsync(address, cancellationToken);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException e)
        {
            return (null, $"{address} does not answer: {e.HttpRequestError}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"{address} does not answer within {TimeLimit.TotalSeconds:0} s.");
        }
    }
}
