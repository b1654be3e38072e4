using System.Security.Cryptography;
using System.Text;

namespace Siro.Gateway.Commands.Uploads;

/// <summary>Which files a command line means.</summary>
internal static class UploadFiles
{
    private static readonly string[] Recordings = [".mp3", ".aac", ".wav"];

    /// <summary>
    /// Each once, in the order given; of a folder its recordings by name. Throws <see cref="CommandFailure"/> before anything is sent.
    /// </summary>
    public static IReadOnlyList<FileInfo> Find(IEnumerable<string> paths)
    {
        var files = new List<FileInfo>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                FileInfo[] inside =
                    [.. new DirectoryInfo(path).EnumerateFiles().Where(
                    f => Recordings.Contains(f.Extension, StringComparer.OrdinalIgnoreCase)).OrderBy(f => f.Name, StringComparer.Ordinal)];
                files.AddRange(inside.Length > 0 ? inside : throw new CommandFailure(ExitCodes.Wrong,
                    $"{path} is a directory without a recording ({string.Join(", ", Recordings)})."));
            }
            else if (File.Exists(path))
            {
                files.Add(new FileInfo(path));
            }
            else
            {
                throw new CommandFailure(ExitCodes.Wrong, $"There is no file {Path.GetFullPath(path)}.");
            }
        }

        return [.. files.DistinctBy(f => f.FullName, StringComparer.Ordinal)];
    }

    /// <summary>
    /// The file's own idempotency key: of several files by its path, so that a repeated command finds each again whatever else is there,
    /// and two folders may have files of one name.
    /// </summary>
    public static string Key(string key, FileInfo file, int files) =>
        files == 1 ? key : $"{key}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.FullName)))[..16]}";

    /// <summary>What the file is called in front of a person: by its name, with its folder where others have that name too.</summary>
    public static string Label(FileInfo file, IEnumerable<FileInfo> all) =>
        all.Count(f => f.Name == file.Name) > 1 ? Path.Combine(file.Directory?.Name ?? "", file.Name) : file.Name;
}
