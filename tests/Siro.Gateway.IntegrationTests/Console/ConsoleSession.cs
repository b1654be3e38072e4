using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.OperatorConsole;

/// <summary>A browser's session without the browser.</summary>
internal static class ConsoleSession
{
    /// <summary>Signs in by key; the client sends the session's cookie and the console's header from then on.</summary>
    public static async Task<HttpClient> BeginAsync(GatewayInProcess gateway, string apiKey)
    {
        using var signIn = gateway.CreateClient(apiKey);
        using var answer = await signIn.PostAsync("/v1/session", null, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var client = gateway.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Cookie", answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Siro-Console", "1");
        return client;
    }
}
