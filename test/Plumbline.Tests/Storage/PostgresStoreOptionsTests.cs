using Npgsql;
using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class PostgresStoreOptionsTests
{
    [Theory]
    [InlineData("postgres://ann:p%40ss%2Fw%3A@db.example:6543/shop?sslmode=require&application_name=x", "db.example", 6543, "shop", "ann", "p@ss/w:")]
    [InlineData("postgresql://ann@db/shop", "db", 5432, "shop", "ann", null)]
    [InlineData("postgres://[::1]:6000/shop", "::1", 6000, "shop", null, null)]
    [InlineData("postgres://ann@db", "db", 5432, "ann", "ann", null)]
    [InlineData("Host=db;Port=6543;Database=shop;Username=ann;Password=p;Pooling=true", "db", 6543, "shop", "ann", "p")]
    public void Parse_Address_IsTakenApart(string address, string host, int port, string database, string? user, string? password)
    {
        var options = PostgresStoreOptions.Parse(address, "--store").ShouldNotBeNull();
        var builder = options.ToBuilder();
        (builder.Host, builder.Port, builder.Database, builder.Username, builder.Password).ShouldBe((host, port, database, user, password));
        options.ToString().ShouldBe($"postgres://{host}:{port}/{database}");
    }

    [Theory]
    [InlineData("postgres://127.0.0.1/x", true)]
    [InlineData("postgres://[::1]/x", true)]
    [InlineData("postgres://localhost/x", true)]
    [InlineData("Host=/run/postgresql;Database=x", true)]
    [InlineData("postgres://10.0.0.1/x", false)]
    [InlineData("postgres://db/x", false)]
    public void IsLocal_Address_IsOfThisMachine(string address, bool local) => PostgresStoreOptions.Parse(address, "--store")!.IsLocal.ShouldBe(local);

    [Fact]
    public void ToBuilder_SettingsOfTheAddress_WinOverTheStores()
    {
        var builder = PostgresStoreOptions.Parse("postgres://db/x?Max%20Auto%20Prepare=0&search_path=a&sslmode=require", "--store")!.ToBuilder();
        (builder.MaxAutoPrepare, builder.SearchPath, builder.SslMode, builder.NoResetOnClose, builder.ApplicationName).ShouldBe((0, "a", SslMode.Require, true, "plumbline"));
        PostgresStoreOptions.Parse("postgres://db/x", "--store")!.ToBuilder().MaxAutoPrepare.ShouldBePositive();
    }

    [Theory]
    [InlineData("postgres://ann:hunter2@:x/y")]
    [InlineData("postgres://ann:hunter2@db/x?colour=hunter2")]
    [InlineData("postgres://ann:hunter2@db/x?port")]
    [InlineData("mysql://ann:hunter2@db/x")]
    [InlineData("Host=db;Password=hunter2;Colour=hunter2")]
    [InlineData("Password=hunter2;Database=x")]
    [InlineData("hunter2")]
    [InlineData("")]
    public void Parse_NoAddress_InvalidWithoutQuotingIt(string address)
    {
        var exception = Should.Throw<MetadataException>(() => PostgresStoreOptions.Parse(address, "--store"));
        exception.Error.ShouldBe(MetadataError.Invalid);
        exception.Message.ShouldStartWith("--store: ");
        exception.Message.ShouldContain("postgres://user@host");
        exception.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public void Parse_File_IsReadAndNamedIfItCannotBe()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("address"), "postgres://ann:secret@db/x\n");
        PostgresStoreOptions.Parse("file:" + folder.File("address"), "--store")!.ToBuilder().Password.ShouldBe("secret");
        Should.Throw<MetadataException>(() => PostgresStoreOptions.Parse("file:" + folder.File("other"), "PLUMBLINE_STORE")).Message.ShouldStartWith($"PLUMBLINE_STORE names the file {folder.File("other")}");
    }

    [Fact]
    public void Parse_Sqlite_IsTheStateFolders() => PostgresStoreOptions.Parse("sqlite", "--store").ShouldBeNull();
}
