using System.ComponentModel;
using System.Globalization;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Uploads;

/// <summary>
/// One published contract of "create a recording" (<c>Uploads:Contracts:{n}</c>). Siro's documents disagree about it, so it is data.
/// An entry with nothing but the name of a known one (<c>file-url</c>, <c>download-url</c>, <c>v2</c>), or that name alone, is that one.
/// </summary>
[TypeConverter(typeof(FromName))]
public sealed class UploadContract
{
    /// <summary>The contracts that Siro has published, the newest first.</summary>
    internal static readonly IReadOnlyList<UploadContract> Known =
    [
        new()
        {
            Name = "file-url", Path = "/v1/core/recordings/upload", FileField = "fileUrl",
            CustomerNameField = "contactName", CustomerPhoneField = "contactPhone", ConnectionNeedsCrmObjects = true,
        },
        new()
        {
            Name = "download-url", Path = "/v1/core/recordings/upload", FileField = "downloadUrl",
            CustomerNameField = "customerName", CustomerPhoneField = "customerPhone", LeavesOut = ["discoverable", "result"],
        },
        new()
        {
            Name = "v2", Path = "/v2/core/recordings", FileField = "fileUrl",
            CustomerNameField = "customerName", CustomerPhoneField = "customerPhone",
        },
    ];

    /// <summary>Its name in logs and in the store; unique.</summary>
    public string Name { get; set; } = "";

    /// <summary>The path on Siro's platform host.</summary>
    public string Path { get; set; } = "";

    /// <summary>The field that carries the download URL of step 1.</summary>
    public string FileField { get; set; } = "";

    /// <summary>The field that carries the customer's name.</summary>
    public string CustomerNameField { get; set; } = "";

    /// <summary>The field that carries the customer's phone number.</summary>
    public string CustomerPhoneField { get; set; } = "";

    /// <summary>True where the connection without CRM objects is refused: it is then left out, with a warning. Default false.</summary>
    public bool ConnectionNeedsCrmObjects { get; set; }

    /// <summary>Fields that it doesn't know: left out, with a warning.</summary>
    public List<string> LeavesOut { get; set; } = [];

    /// <summary>The entry itself, or the known contract that it names.</summary>
    internal UploadContract Resolved =>
        Path.Length == 0 && FileField.Length == 0 && Known.FirstOrDefault(k => k.Name == Name) is { } known ? known : this;

    internal void Check(string path, ValidationErrors errors)
    {
        var contract = Resolved;
        errors.Require(contract.Name.Length > 0, path + ":Name", "is missing");
        errors.Require(contract.Path.StartsWith('/') && !contract.Path.Contains("..", StringComparison.Ordinal), path + ":Path",
            "must be a path on Siro's platform host");
        errors.Require(contract.FileField.Length > 0, path + ":FileField", "is missing");
        errors.Require(contract.CustomerNameField.Length > 0, path + ":CustomerNameField", "is missing");
        errors.Require(contract.CustomerPhoneField.Length > 0, path + ":CustomerPhoneField", "is missing");
    }

    private sealed class FromName : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            new UploadContract { Name = (string)value };
    }
}
