using Siro.Sandbox.Terminal;

namespace Siro.Sandbox;

/// <summary>The system without a demo: says how to use it, shows events as they reach the subscribers, and waits.</summary>
internal static class Running
{
    public static async Task<int> UntilEndedAsync(Sandbox sandbox, Screen screen, CancellationToken ending)
    {
        Introduce(sandbox, screen);
        foreach (var subscriber in new[] { sandbox.CrmWriter, sandbox.Analytics })
        {
            subscriber.Arrived += e =>
                screen.Line(
                    $"  {e.Subscriber,-11} got {e.EventType,-32} {e.RecordingId}{(e.Verified ? "" : screen.Bad(" (bad signature)"))}");
        }

        try
        {
            var ended = await Task.WhenAny(sandbox.Gateway.ExitAsync(ending), sandbox.Store.ExitAsync(ending));
            await ended;
            var who = sandbox.Gateway.HasExited ? sandbox.Gateway : sandbox.Store;
            throw new SandboxException($"{who.Name} ended by itself:{Environment.NewLine}{who.Tail()}");
        }
        catch (OperationCanceledException)
        {
            screen.Line("Stopping ...");
            return 0;
        }
    }

    private static void Introduce(Sandbox sandbox, Screen screen)
    {
        var gateway = sandbox.Address.AbsoluteUri.TrimEnd('/');
        screen.Title("Running. Ctrl-C ends it.");
        screen.Line($"  console      {gateway}/console   (sign in with the API key below)");
        screen.Line($"  gateway      {gateway}   (API page: {gateway}/docs)");
        screen.Line($"  emulator     {sandbox.Siro.BaseAddress}   (journal: {sandbox.Siro.Control}journal)");
        screen.Line($"  store        127.0.0.1:{sandbox.StorePort}");
        screen.Line($"  subscribers  {sandbox.CrmWriter.Url}   gets recording.ready");
        screen.Line($"               {sandbox.Analytics.Url}   gets Siro's two events");
        screen.Line($"  files        {sandbox.Folder}");
        screen.Line();
        screen.Line($"  API key      {sandbox.Secrets.ApiKey}");
        screen.Title("Try");
        screen.Line($"curl -H 'X-Api-Key: {sandbox.Secrets.ApiKey}' {gateway}/v1/me");
        screen.Line($"curl -H 'X-Api-Key: {sandbox.Secrets.ApiKey}' {gateway}/external/v1/core/users");
        screen.Line($"curl -H 'X-Api-Key: {sandbox.Secrets.ApiKey}' -F userEmail=rep1@example.com -F title=Test -F "
            + $"file=@{Shown(Paths.Asset("call.mp3"))} {gateway}/v1/uploads");
        screen.Line();
    }

    /// <summary>Relative where that is shorter.</summary>
    private static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.Length < path.Length ? relative : path;
    }
}
