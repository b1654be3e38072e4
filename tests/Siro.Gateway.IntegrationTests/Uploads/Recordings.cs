using System.Buffers.Binary;
using System.Reflection;
using System.Security.Cryptography;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>Recordings to upload: the spoken call in three formats, and WAV of any size.</summary>
internal static class Recordings
{
    public static byte[] Call(string type) => File.ReadAllBytes(Path.Combine(Root, "tests", "assets", "call." + type));

    /// <summary>A WAV of exactly so many bytes; different for different seeds.</summary>
    public static byte[] Wav(int bytes, int seed = 1)
    {
        var wav = new byte[bytes];
#pragma warning disable RS0030 // Content that can be made again.
        new Random(seed).NextBytes(wav);
#pragma warning restore RS0030
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), bytes - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        return wav;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Root =>
        typeof(Recordings).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;
}
