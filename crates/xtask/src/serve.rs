use std::process::ExitCode;

use crate::{
    error::Result,
    process,
    setup::{self, Needs},
};

/// Serves the page as users get it, until interrupted; `options` go to trunk.
pub(crate) fn serve(options: &[String]) -> Result<ExitCode> {
    setup::ensure(Needs::Page)?;
    let mut command = process::program("trunk");
    command.args(["serve", "--release", "--offline", "--skip-version-check"]).args(options);
    println!("cargo xtask: building; then the page is at {}", address(options));
    let status = process::status(&mut command)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where trunk serves, given these options and Trunk.toml.
fn address(options: &[String]) -> String {
    let given = |long: &str, short: &str| {
        options.iter().enumerate().find_map(|(index, option)| {
            if option == long || option == short {
                options.get(index + 1).cloned()
            } else {
                option.strip_prefix(long)?.strip_prefix('=').map(str::to_owned)
            }
        })
    };
    let host = given("--address", "-a").unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = given("--port", "-p").unwrap_or_else(|| "8080".to_owned());
    format!("http://{host}:{port}/")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn address_follows_the_options() {
        let options = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(address(&[]), "http://127.0.0.1:8080/");
        assert_eq!(address(&options("--open -p 9000")), "http://127.0.0.1:9000/");
        assert_eq!(address(&options("--port=1 --address 0.0.0.0")), "http://0.0.0.0:1/");
    }
}
