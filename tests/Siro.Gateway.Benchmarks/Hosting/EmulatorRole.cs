using System.Text.Json;
using Siro.Emulator;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>The emulator in a process of its own, without Siro's limit and with nothing kept that a run does not need.</summary>
internal static class EmulatorRole
{
    public static async Task<(Role Process, Facts Siro)> StartAsync()
    {
        var role = await Role.StartAsync("emulator");
        return (role, JsonSerializer.Deserialize<Facts>(role.Said)!);
    }

    /// <summary>Runs in the child.</summary>
    public static async Task ServeAsync()
    {
        await using var emulator = await EmulatorHost.StartAsync(
            new EmulatorOptions { RateLimit = 0, JournalCapacity = 100, JournalBodyBytes = 0, StorageBytes = 2_000_000_000 });
        var siro = emulator.Default;
        await Role.ServeAsync(JsonSerializer.Serialize(new Facts(
            emulator.External, emulator.Platform, emulator.Internal, emulator.Storage, siro.Token, siro.ClientId, siro.ClientSecret,
            siro.Id, siro.UserId)));
    }

    /// <summary>What a gateway's configuration needs to know of it.</summary>
    public sealed record Facts(
        Uri External, Uri Platform, Uri Internal, Uri Storage, string Token, string ClientId, string ClientSecret, string OrganizationId,
        string UserId);
}
