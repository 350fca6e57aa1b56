//! The standard library built from source, for machines where rustup's server does not answer: Debian packages the
//! source of each rustc, and a machine that reaches Debian's archive can unpack it whatever its own suite is.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::wasm_target::{self, TARGET};
use crate::{
    error::{Error, Result},
    process, workspace,
};

/// Suites that may hold a rustc newer than the machine's own.
const SUITES: [&str; 7] = [
    "trixie-backports",
    "bookworm-backports",
    "trixie",
    "forky",
    "sid",
    "trixie-security",
    "bookworm-security",
];
/// Packages that unpack to `usr/src/rustc-VERSION/library`.
const PACKAGES: [&str; 2] = ["rust-src", "rust-web-src"];
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Name of the empty crate whose dependencies are what is wanted.
const EMPTY: &str = "nothing";

pub(super) fn install() -> Result<()> {
    let work = workspace::target().join("std-from-source");
    fs::create_dir_all(&work).map_err(Error::file(&work))?;
    let sysroot = PathBuf::from(process::output(process::program("rustc").args(["--print", "sysroot"]))?);
    let library = sysroot.join("lib/rustlib/src/rust/library");
    if !library.join("Cargo.lock").is_file() {
        let source = unpacked(&work, &rustc_version()?)?;
        link(&source, &library)?;
    }
    let built = build(&work)?;
    put_in_place(&built, &wasm_target::library()?)?;
    forget_older_builds()
}

fn rustc_version() -> Result<String> {
    let said = process::output(process::program("rustc").arg("-vV"))?;
    let version = said.lines().find_map(|line| line.strip_prefix("release: ")).unwrap_or_default();
    Ok(version.to_owned())
}

/// Finds, downloads and unpacks the source of one rustc; gives its `library` folder.
fn unpacked(work: &Path, version: &str) -> Result<PathBuf> {
    let library = work.join(format!("usr/src/rustc-{version}/library"));
    if library.is_dir() {
        return Ok(library);
    }
    let no_source = |why: &str| Error::CannotInstall {
        what: "the source of the standard library",
        why: why.to_owned(),
        by_hand: "rustup component add rust-src".to_owned(),
    };
    if process::find("apt-get").is_none() || process::find("dpkg").is_none() {
        return Err(no_source("there is no apt here"));
    }
    let mut command = process::program("apt-get");
    let said = process::output(command.args(["indextargets", "--format", "$(REPO_URI)"]))?;
    let mut archives: Vec<&str> = said.lines().collect();
    archives.sort_unstable();
    archives.dedup();
    for archive in archives {
        for suite in SUITES {
            // An archive has either the security suites or all others.
            if suite.ends_with("-security") != archive.contains("security") {
                continue;
            }
            let apt = Apt::new(work, archive, suite)?;
            if process::run(apt.command("apt-get").args(["--quiet", "update"])).is_err() {
                continue;
            }
            let Some(package) = apt.package_of(version)? else {
                continue;
            };
            process::run(apt.command("apt-get").args(["--quiet", "download", &package]))?;
            for entry in fs::read_dir(&apt.downloads).map_err(Error::file(&apt.downloads))? {
                let deb = entry.map_err(Error::file(&apt.downloads))?.path();
                process::run(process::program("dpkg").arg("--extract").args([&deb, &work.to_owned()]))?;
            }
            if library.is_dir() {
                return Ok(library);
            }
        }
    }
    Err(no_source(&format!("no suite of Debian that answers here packages the source of rustc {version}")))
}

/// apt with one suite of one archive, and nothing of the machine's own lists.
struct Apt {
    options: Vec<String>,
    downloads: PathBuf,
}

impl Apt {
    fn new(work: &Path, archive: &str, suite: &str) -> Result<Apt> {
        let home = work.join("apt").join(suite);
        let lists = home.join("lists");
        let cache = home.join("cache");
        let downloads = home.join("downloads");
        for folder in [&lists.join("partial"), &cache.join("archives/partial"), &downloads] {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        let sources = home.join("sources.list");
        let line = format!("deb [signed-by={KEYRING}] {archive} {suite} main\n");
        fs::write(&sources, line).map_err(Error::file(&sources))?;
        let options = vec![
            format!("-oDir::Etc::sourcelist={}", sources.display()),
            "-oDir::Etc::sourceparts=-".to_owned(),
            format!("-oDir::State::lists={}", lists.display()),
            format!("-oDir::Cache={}", cache.display()),
            "-oAPT::Get::List-Cleanup=0".to_owned(),
            "-oAcquire::Languages=none".to_owned(),
            // The unprivileged user of apt may not be able to enter the project's folder.
            "-oAPT::Sandbox::User=".to_owned(),
        ];
        Ok(Apt { options, downloads })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = process::program(program);
        command.args(&self.options).current_dir(&self.downloads);
        command
    }

    /// `NAME=VERSION` of the package that holds the source of this rustc.
    fn package_of(&self, version: &str) -> Result<Option<String>> {
        for package in PACKAGES {
            let said = process::output(self.command("apt-cache").args(["madison", package]))?;
            if let Some(found) = package_version(&said, version) {
                return Ok(Some(format!("{package}={found}")));
            }
        }
        Ok(None)
    }
}

/// The package's version that packages this version of rustc, out of lines `NAME | VERSION | ARCHIVE …`.
fn package_version(madison: &str, rustc: &str) -> Option<String> {
    let versions = madison.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    let upstream = |version: &str| version.split(['+', '-', '~']).next() == Some(rustc);
    versions.filter(|version| upstream(version)).map(str::to_owned).next()
}

#[cfg(unix)]
fn link(source: &Path, library: &Path) -> Result<()> {
    if let Some(folder) = library.parent() {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    if library.is_symlink() {
        fs::remove_file(library).map_err(Error::file(library))?;
    }
    std::os::unix::fs::symlink(source, library).map_err(Error::file(library))
}

#[cfg(not(unix))]
fn link(_: &Path, library: &Path) -> Result<()> {
    Err(Error::CannotInstall {
        what: "the source of the standard library",
        why: format!("{} is missing", library.display()),
        by_hand: "rustup component add rust-src".to_owned(),
    })
}

/// Builds the standard library as the dependency of an empty crate; gives the folder of the results.
fn build(work: &Path) -> Result<PathBuf> {
    let krate = work.join(EMPTY);
    let source = krate.join("src");
    fs::create_dir_all(&source).map_err(Error::file(&source))?;
    let manifest =
        format!("[package]\nname = \"{EMPTY}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n");
    for (path, text) in
        [(krate.join("Cargo.toml"), manifest.as_str()), (source.join("lib.rs"), "#![no_std]\n")]
    {
        fs::write(&path, text).map_err(Error::file(&path))?;
    }
    // Results of another rustc would be taken for this one's.
    let target = work.join("target");
    if target.is_dir() {
        fs::remove_dir_all(&target).map_err(Error::file(&target))?;
    }
    let mut command = process::cargo();
    command
        .current_dir(&krate)
        .args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET, "--target-dir"])
        .arg(&target)
        // -Zbuild-std is of nightly's; this is the way rustc itself is built with a stable cargo.
        .env("RUSTC_BOOTSTRAP", "1")
        // Without bitcode in the library, link-time optimisation of the page fails.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut command)?;
    Ok(target.join(TARGET).join("release/deps"))
}

/// Copies the libraries to where rustc looks for them.
fn put_in_place(built: &Path, library: &Path) -> Result<()> {
    fs::create_dir_all(library).map_err(Error::file(library))?;
    let own = format!("lib{EMPTY}-");
    for entry in fs::read_dir(built).map_err(Error::file(built))? {
        let path = entry.map_err(Error::file(built))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("lib") && name.ends_with(".rlib") && !name.starts_with(&own) {
            let to = library.join(name.as_ref());
            fs::copy(&path, &to).map_err(Error::file(&to))?;
        }
    }
    Ok(())
}

/// cargo does not notice that the standard library is another one, and what was built against an earlier copy of it
/// does not link with this one.
fn forget_older_builds() -> Result<()> {
    let target = workspace::target().join(TARGET);
    if target.is_dir() {
        fs::remove_dir_all(&target).map_err(Error::file(&target))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::package_version;

    #[test]
    fn source_is_that_of_the_very_rustc() {
        let said = " rust-src | 1.96.1+dfsg1-1~bpo13+1 | http://debian/ trixie-backports/main amd64 Packages\n \
                     rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://debian/ trixie-backports/main amd64 Packages\n \
                     rust-src | 1.9.0-1 | http://debian/ trixie-backports/main amd64 Packages\n";
        assert_eq!(package_version(said, "1.95.0").as_deref(), Some("1.95.0+dfsg1-2~bpo13+1"));
        assert_eq!(package_version(said, "1.9.0").as_deref(), Some("1.9.0-1"));
        assert_eq!(package_version(said, "1.9"), None);
    }
}
