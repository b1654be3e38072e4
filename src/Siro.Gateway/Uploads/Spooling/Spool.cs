using Microsoft.Win32.SafeHandles;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Uploads.Spooling;

/// <summary>
/// Files on their way from a caller to the storage, bounded in bytes and in number. A spool file is never the only copy of something
/// acknowledged, so it need not outlive its process, and it does not. Most live in memory alone, within <c>Uploads:MemoryBytes</c> for all
/// of them. What finds no room there goes to the disk: the name of such a file is taken away as soon as it is open (on Windows: marked to
/// go with its handle), and the system frees the bytes with the handle, whatever ends the process.
/// </summary>
internal sealed partial class Spool
{
    /// <summary>Growth is booked in such steps.</summary>
    private const long Step = 1024 * 1024;

    /// <summary>
    /// Memory is given in such blocks: a small file takes little that it does not need, a large one is few blocks. The shared pool keeps
    /// arrays of both sizes for the next file, and lets go of them when they are not used any more.
    /// </summary>
    private const int SmallBlock = 256 * 1024;

    private const int LargeBlock = 2 * 1024 * 1024;

    private readonly ISettings<UploadsOptions> _options;
    private readonly Randomness _randomness;
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientName, int> _clients = [];
    private long _bytes;
    private long _memory;
    private int _files;

    public Spool(ISettings<UploadsOptions> options, Randomness randomness, ILogger<Spool> logger)
    {
        _options = options;
        _randomness = randomness;
        _directory = options.Current.SpoolDirectory;
        Clean(logger);
    }

    /// <summary>Bytes booked by open files.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Memory that files have taken.</summary>
    public long Memory => Interlocked.Read(ref _memory);

    /// <summary>Open files.</summary>
    public int Files => Volatile.Read(ref _files);

    /// <summary>
    /// Opens an empty file. Throws 503 <c>spool_full</c> when there is no place for another, or for so many bytes.
    /// One client gets at most three quarters of the files: its slow callers never keep the others out.
    /// </summary>
    /// <param name="expected">Bytes to come, where known: refused now rather than half way. Nothing is set aside, because a slow caller
    /// would keep it from others.</param>
    public SpoolFile Open(ClientName client, long expected)
    {
        var options = _options.Current;
        lock (_gate)
        {
            var own = _clients.GetValueOrDefault(client);
            if (_files >= options.SpoolFiles || own >= Math.Max(1, options.SpoolFiles * 3 / 4) || _bytes + expected > options.SpoolBytes)
            {
                throw new ProblemException(Full);
            }

            _clients[client] = own + 1;
            _files++;
        }

        return new SpoolFile(this, client, expected >= 4 * LargeBlock ? LargeBlock : SmallBlock);
    }

    /// <summary>Opens a nameless file on the disk. Throws 503 <c>spool_full</c> when the disk has no place for one.</summary>
    internal SafeFileHandle CreateOnDisk()
    {
        try
        {
            Directory.CreateDirectory(_directory);
            var path = Path.Combine(_directory, _randomness.Id("upload") + Extension);
            var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete,
                OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(path);
            }

            return handle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(Full, e);
        }
    }

    /// <summary>Books memory; false when <c>Uploads:MemoryBytes</c> are taken.</summary>
    internal bool TakeMemory(int bytes)
    {
        lock (_gate)
        {
            if (_memory + bytes > _options.Current.MemoryBytes)
            {
                return false;
            }

            _memory += bytes;
            return true;
        }
    }

    internal void ReturnMemory(long bytes)
    {
        lock (_gate)
        {
            _memory -= bytes;
        }
    }

    /// <summary>
    /// Files whose process ended between opening and taking the name away. Another live process loses nothing by it: it is about to take
    /// the name away itself.
    /// </summary>
    private void Clean(ILogger logger)
    {
        if (!Directory.Exists(_directory))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(_directory, "upload_*" + Extension))
        {
            try
            {
                File.Delete(file);
                Log.Cleaned(logger, file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // On Windows a live process holds it.
                Log.NotCleaned(logger, file, e.Message);
            }
        }
    }

    /// <summary>Books growth; throws 503 <c>spool_full</c> past the limit.</summary>
    internal long Grow(long booked, long needed)
    {
        if (needed <= booked)
        {
            return booked;
        }

        var more = (needed - booked + Step - 1) / Step * Step;
        lock (_gate)
        {
            // The last file that fits may end inside a step.
            if (_bytes + (needed - booked) > _options.Current.SpoolBytes)
            {
                throw new ProblemException(Full);
            }

            _bytes += more;
        }

        return booked + more;
    }

    internal void Free(ClientName client, long booked)
    {
        lock (_gate)
        {
            _bytes -= booked;
            _files--;
            if (--_clients[client] == 0)
            {
                _clients.Remove(client);
            }
        }
    }

    internal static Problem Full { get; } = new(
        503, "spool_full", "The gateway's spool is full. Send the file again in a while.") { RetryAfter = TimeSpan.FromSeconds(10) };

    private const string Extension = ".spool";

    private static partial class Log
    {
        [LoggerMessage(1801, LogLevel.Information, "Removed a file that an earlier process left in the spool: {File}")]
        public static partial void Cleaned(ILogger logger, string file);

        [LoggerMessage(1802, LogLevel.Information, "Left a file in the spool that could not be removed: {File}: {Reason}")]
        public static partial void NotCleaned(ILogger logger, string file, string reason);
    }
}
