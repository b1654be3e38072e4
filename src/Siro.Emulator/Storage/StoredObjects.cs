using System.Collections.Concurrent;

namespace Siro.Emulator.Storage;

/// <summary>An upload that was allowed by a signed URL.</summary>
/// <param name="FileSize">As declared when the URL was asked for.</param>
public sealed record SignedUpload(string Name, string FileType, long FileSize, string OrganizationId, string UserId, Uri UploadUrl,
    Uri DownloadUrl, DateTimeOffset ExpiresAt);

/// <summary>Bytes that arrived whole.</summary>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Puts">How often it was stored; later ones overwrite.</param>
public sealed record StoredObject(
    string Name, long Length, string Sha256, string ContentType, DateTimeOffset StoredAt, string FilePath, int Puts)
{
    public byte[] ReadAllBytes() => File.ReadAllBytes(FilePath);
}

/// <summary>The bucket: what may be uploaded and what was. An aborted PUT leaves nothing.</summary>
public sealed class StoredObjects : IDisposable
{
    private readonly ConcurrentDictionary<string, SignedUpload> _uploads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SignedUpload> _byDownloadUrl = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly Queue<StoredObject> _kept = new();
    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly long? _most;
    private readonly bool _temporary;
    private int _parts;
    private long _bytes;

    internal StoredObjects(string? folder, long? most)
    {
        _most = most;
        _temporary = folder is null;
        _folder = folder is null
            ? Directory.CreateTempSubdirectory("siro-emulator-").FullName
            : Directory.CreateDirectory(Path.Combine(folder, "storage")).FullName;
    }

    /// <summary>Every signed upload, in no order.</summary>
    public ICollection<SignedUpload> Signed => _uploads.Values;

    public IEnumerable<StoredObject> All => _objects.Values.OrderBy(o => o.StoredAt).ThenBy(o => o.Name, StringComparer.Ordinal);

    public int Count => _objects.Count;

    public StoredObject? Find(string name) => _objects.GetValueOrDefault(name);

    public StoredObject? FindBySha256(string sha256) => _objects.Values.FirstOrDefault(o => o.Sha256 == sha256);

    /// <summary>The upload whose download URL this is.</summary>
    public SignedUpload? FindByDownloadUrl(string url) => _byDownloadUrl.GetValueOrDefault(url);

    /// <summary>Names of files that lie half-written: none, once nothing is under way.</summary>
    public IReadOnlyList<string> Leftovers => [.. Directory.EnumerateFiles(_folder, "*.part").Select(f => Path.GetFileName(f)!)];

    public void Dispose()
    {
        if (_temporary)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    internal SignedUpload? Upload(string name) => _uploads.GetValueOrDefault(name);

    internal void Allow(SignedUpload upload)
    {
        _uploads[upload.Name] = upload;
        _byDownloadUrl[upload.DownloadUrl.AbsoluteUri] = upload;
    }

    internal string PartPath() => Path.Combine(_folder, $"{Interlocked.Increment(ref _parts)}.part");

    internal StoredObject Keep(string partPath, string name, long length, string sha256, string contentType, DateTimeOffset now)
    {
        var path = Path.Combine(_folder, name.Replace('/', '_'));
        File.Move(partPath, path, overwrite: true);
        var stored = _objects.AddOrUpdate(name,
            _ => new StoredObject(name, length, sha256, contentType, now, path, 1),
            (_, old) => new StoredObject(name, length, sha256, contentType, now, path, old.Puts + 1));
        if (_most is { } most)
        {
            Forget(stored, most);
        }

        return stored;
    }

    private void Forget(StoredObject stored, long most)
    {
        lock (_gate)
        {
            _kept.Enqueue(stored);
            _bytes += stored.Length;
            while (_bytes > most && _kept.Count > 1)
            {
                var oldest = _kept.Dequeue();
                _bytes -= oldest.Length;

                // One that was put again meanwhile stays: its bytes are counted with the later one.
                if (_objects.TryRemove(KeyValuePair.Create(oldest.Name, oldest)))
                {
                    File.Delete(oldest.FilePath);
                }
            }
        }
    }
}
