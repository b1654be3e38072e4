using System.Globalization;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Siro.Gateway.IntegrationTests.Uploads.RawCaller;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>Siro's limit at its real size: 100 MB, and one byte more. The file is made while it is sent.</summary>
public sealed class RealSizeTests(UploadsFixture gateway) : IClassFixture<UploadsFixture>
{
    private const int Most = 100_000_000;

    private static readonly byte[] Block = Recordings.Wav(256 * 1024);
    private static readonly byte[] Head = [.. Part("userEmail", "rep1@example.com"), .. Part("file", [], "call.wav")[..^2]];
    private static readonly byte[] Tail = [.. "\r\n"u8, .. End];

    [Fact]
    public async Task A_hundred_million_bytes_are_taken()
    {
        var (status, answer, _) = await SendAsync(Most, chunked: false);

        Assert.True(status == 201, answer.ToString());
        Assert.Equal(Most, answer.GetProperty("bytes").GetInt32());
        Assert.Equal(Most, gateway.Emulator.Objects.FindBySha256(answer.Text("sha256"))?.Length);
        Assert.Equal(0, gateway.Spooled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_byte_more_is_refused_and_leaves_nothing_behind(bool chunked)
    {
        var (since, objects) = (gateway.Emulator.Journal.Last, gateway.Emulator.Objects.Count);

        var (status, answer, head) = await SendAsync(Most + 1, chunked);

        Assert.True(status == 413, answer.ToString());
        Assert.Equal("file_too_large", answer.Text("code"));
        Assert.Contains("Siro-Gateway-Error: file_too_large", head, StringComparison.Ordinal);
        await Until.TrueAsync(
            () => gateway.Spooled == 0 && gateway.Emulator.Objects.Leftovers.Count == 0, "nothing is left in the spool or at the storage");
        Assert.Equal(objects, gateway.Emulator.Objects.Count);
        Assert.Empty(gateway.Emulator.Journal.Read(since, SiroHost.Platform));
        Assert.Empty(gateway.Emulator.Journal.Read(since, SiroHost.Storage));
        Assert.Empty(Directory.EnumerateFileSystemEntries(gateway.SpoolDirectory));
    }

    private async Task<(int Status, System.Text.Json.JsonElement Body, string Head)> SendAsync(int size, bool chunked)
    {
        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        await caller.SendHeadAsync(chunked ? null : Head.Length + (long)size + Tail.Length);
        await PieceAsync(Head);
        for (var sent = 0; sent < size; sent += Block.Length)
        {
            await PieceAsync(Block.AsMemory(0, Math.Min(Block.Length, size - sent)));
        }

        await PieceAsync(Tail);
        await caller.TrySendAsync(chunked ? "0\r\n\r\n"u8.ToArray() : Array.Empty<byte>());
        return await caller.AnswerAsync();

        async Task PieceAsync(ReadOnlyMemory<byte> bytes)
        {
            if (chunked)
            {
                await caller.TrySendAsync(
                    System.Text.Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            }

            await caller.TrySendAsync(bytes);
            if (chunked)
            {
                await caller.TrySendAsync("\r\n"u8.ToArray());
            }
        }
    }
}
