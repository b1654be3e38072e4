using System.Security.Cryptography;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Uploads;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Tests.Uploads;

public sealed class SpoolTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("siro-spool-test-");

    private static readonly ClientName Client = new("app");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public async Task A_file_is_read_while_it_grows_and_leaves_no_name_and_no_bytes(long memory)
    {
        var spool = Make(10_000_000, memory: memory);
        var file = spool.Open(Client, 0);
        using (var reader = file.Read())
        {
            var reading = reader.WaitForAsync(4, Cancel).AsTask();
            file.Append(new byte[] { 1, 2, 3 });
            Assert.False(reading.IsCompleted);
            file.Append(new byte[] { 4, 5 });
            await reading;

            Assert.Equal([1, 2, 3, 4, 5], reader.Bytes(0, 10, new byte[10]).ToArray());
            Assert.Equal([3, 4], reader.Bytes(2, 2, new byte[10]).ToArray());
            Assert.Equal(0, reader.Bytes(5, 10, new byte[10]).Length);
        }

        Assert.Equal(1, spool.Files);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Empty(_directory.EnumerateFiles());
        }

        await file.DisposeAsync();
        await file.DisposeAsync();
        Assert.Equal((0L, 0L, 0), (spool.Bytes, spool.Memory, spool.Files));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(300_000, 0)]
    [InlineData(3_000_000, 0)]
    [InlineData(9_000_000, 8_500_000)]
    public async Task What_finds_no_room_in_memory_goes_to_the_disk_and_is_read_as_one_file(long memory, long expected)
    {
        const int Length = 5_000_001;
        var bytes = new byte[Length];
        RandomNumberGenerator.Fill(bytes);
        var spool = Make(10_000_000, memory: memory);
        var file = spool.Open(Client, expected);
        for (var at = 0; at < Length; at += 70_000)
        {
            file.Append(bytes.AsSpan(at, Math.Min(70_000, Length - at)));
        }

        Assert.InRange(spool.Memory, 0, memory);
        Assert.Equal(Math.Max(0, Length - spool.Memory), file.OnDisk);
        var read = new List<byte>();
        using (var reader = file.Read())
        {
            while (reader.Bytes(read.Count, 100_000, new byte[100_000]) is { Length: > 0 } some)
            {
                read.AddRange(some.Span);
            }
        }

        Assert.Equal(bytes, read);
        await file.DisposeAsync();
        Assert.Equal((0L, 0L, 0), (spool.Bytes, spool.Memory, spool.Files));
    }

    [Fact]
    public async Task Memory_that_a_reader_still_looks_at_goes_to_no_other_file()
    {
        var spool = Make(10_000_000, memory: 10_000_000);
        var file = spool.Open(Client, 0);
        file.Append(Enumerable.Repeat((byte)7, 100_000).ToArray());
        var reader = file.Read();
        var seen = reader.Bytes(0, 100_000, default);

        await file.DisposeAsync();
        for (var i = 0; i < 20; i++)
        {
            await using var other = spool.Open(Client, 0);
            other.Append(new byte[100_000]);
        }

        Assert.Equal(0, spool.Files);
        Assert.True(seen.Span.IndexOfAnyExcept((byte)7) < 0, "another file's bytes stand where this one's were");
        Assert.Throws<ObjectDisposedException>(() => reader.Bytes(0, 1, default));
        Assert.Throws<ObjectDisposedException>(() => file.Read());
        reader.Dispose();
        reader.Dispose();
        Assert.Equal(0, spool.Memory);
    }

    [Fact]
    public async Task The_spool_is_full_by_bytes_and_by_files_and_empties_again()
    {
        var spool = Make(5_000_000, files: 2);
        Assert.Equal("spool_full", Assert.Throws<ProblemException>(() => spool.Open(Client, 5_000_001)).Problem.Code);
        await using (var big = spool.Open(Client, 4_000_000))
        {
            big.Append(new byte[4_000_000]);
            await using var second = spool.Open(new ClientName("other"), 0);
            Assert.Equal("spool_full", Assert.Throws<ProblemException>(() => spool.Open(new ClientName("third"), 0)).Problem.Code);
            Assert.Equal(503, Assert.Throws<ProblemException>(() => second.Append(new byte[2_000_000])).Problem.Status);
        }

        await using var next = spool.Open(Client, 5_000_000);
        next.Append(new byte[5_000_000]);
    }

    [Fact]
    public async Task One_client_never_fills_the_spool_alone()
    {
        var spool = Make(1_000_000, files: 4);
        var own = Enumerable.Range(0, 3).Select(_ => spool.Open(Client, 0)).ToList();

        Assert.Equal("spool_full", Assert.Throws<ProblemException>(() => spool.Open(Client, 0)).Problem.Code);
        await using (spool.Open(new ClientName("other"), 0))
        {
            await own[0].DisposeAsync();
            own[0] = spool.Open(Client, 0);
        }

        foreach (var file in own)
        {
            await file.DisposeAsync();
        }

        Assert.Equal(0, spool.Files);
    }

    [Theory]
    [InlineData("123456789", 0xE3069283)]
    [InlineData("", 0)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404)]
    public void The_checksum_is_the_storages(string text, uint expected)
    {
        var checksum = StorageChecksum.Create();
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        checksum.Append(bytes.AsSpan(0, bytes.Length / 3));
        checksum.Append(bytes.AsSpan(bytes.Length / 3));

        Assert.Equal(expected, checksum.GetCurrentHashAsUInt32());
        Assert.Equal("4waSgw==", StorageChecksum.Base64(0xE3069283));
    }

    [Theory]
    [InlineData(12_287)]
    [InlineData(12_288)]
    [InlineData(100_003)]
    public void The_checksum_of_long_pieces_is_that_of_their_bits(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var checksum = StorageChecksum.Create();
        checksum.Append(bytes.AsSpan(0, 7));
        checksum.Append(bytes.AsSpan(7));

        // RFC 3720: the polynomial, its bits the other way round.
        var expected = uint.MaxValue;
        foreach (var b in bytes)
        {
            expected ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                expected = (expected & 1) == 1 ? (expected >> 1) ^ 0x82F63B78 : expected >> 1;
            }
        }

        Assert.Equal(~expected, checksum.GetCurrentHashAsUInt32());
    }

    [Fact]
    public void What_an_earlier_process_left_is_removed_and_nothing_else()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "upload_abc.spool"), "left");
        File.WriteAllText(Path.Combine(_directory.FullName, "notes.txt"), "mine");

        Make(1_000_000);

        Assert.Equal(["notes.txt"], _directory.EnumerateFiles().Select(f => f.Name));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(300_000)]
    [InlineData(1_000_000)]
    [InlineData(3_000_000)]
    public async Task The_last_64_KiB_wait_for_the_release(int length)
    {
        var (file, bytes) = Filled(length);
        var released = new TaskCompletionSource();
        using var watch = new PutWatch(TimeProvider.System, TimeSpan.FromMinutes(1), null);
        using var content = new SpoolContent(file, length, released.Task, watch);
        using var sink = new MemoryStream();

        var copying = content.CopyToAsync(sink, Cancel);
        var before = Math.Max(0, length - SpoolContent.HeldBack);
        while (sink.Length < before)
        {
            await Task.Yield();
        }

        Assert.False(copying.IsCompleted);
        released.SetResult();
        await copying;

        Assert.Equal(bytes, sink.ToArray());
        Assert.Equal(length, content.Headers.ContentLength);
        await file.DisposeAsync();
    }

    [Fact]
    public async Task Bytes_that_are_not_those_received_are_never_sent_to_the_end()
    {
        var (file, _) = Filled(200_000);
        file.Append(new byte[] { 1 });
        using var watch = new PutWatch(TimeProvider.System, TimeSpan.FromMinutes(1), null);
        using var content = new SpoolContent(file, 200_000, Task.CompletedTask, watch);
        using var sink = new MemoryStream();

        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => content.CopyToAsync(sink, Cancel));

        Assert.True(thrown is SpoolDamagedException || thrown.InnerException is SpoolDamagedException);
        Assert.Equal(200_000 - SpoolContent.HeldBack, sink.Length);
        await file.DisposeAsync();
    }

    [Fact]
    public void A_put_is_ended_when_the_storage_takes_nothing_and_not_while_the_caller_is_slow()
    {
        var clock = new FakeTimeProvider();
        using var watch = new PutWatch(clock, TimeSpan.FromSeconds(60), null);
        watch.Begin();
        watch.End(100);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.False(watch.Stalled.IsCancellationRequested);

        watch.Begin();
        clock.Advance(TimeSpan.FromSeconds(45));
        Assert.False(watch.Stalled.IsCancellationRequested);
        clock.Advance(TimeSpan.FromSeconds(45));
        Assert.True(watch.Stalled.IsCancellationRequested);
    }

    private (SpoolFile File, byte[] Bytes) Filled(int length)
    {
        var bytes = new byte[length];
        RandomNumberGenerator.Fill(bytes);
        var file = Make(10_000_000).Open(Client, length);
        file.Append(bytes);
        return (file, bytes);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_yet_is_no_lack_of_room()
    {
        var options = new UploadsOptions { SpoolDirectory = Path.Combine(_directory.FullName, "not", "yet"), MaxBytes = 1 };
        var check = new SpoolHealthCheck(Make(10_000_000), new Fixed(options));
        var result = await check.CheckHealthAsync(new HealthCheckContext(), Cancel);
        Assert.True(result.Status == HealthStatus.Healthy, result.Description);
    }

    private Spool Make(long bytes, int files = 10, long memory = 1_000_000) => new(
        new Fixed(new UploadsOptions
        {
            SpoolDirectory = _directory.FullName,
            SpoolBytes = bytes,
            SpoolFiles = files,
            MemoryBytes = memory,
        }),
        new Randomness(),
        NullLogger<Spool>.Instance);

    private sealed class Fixed(UploadsOptions options) : ISettings<UploadsOptions>
    {
        public UploadsOptions Current => options;

        public IDisposable OnChange(Action<UploadsOptions> changed) => new MemoryStream();
    }
}
