//! Building images with the project's own script, and running them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use test_support::fresh_id;

use crate::process::{Running, free_port};

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// The tool without which no image can be built and run here. A static program takes minutes to build, so it must be there already.
pub fn missing(function: &str) -> Option<&'static str> {
    let musl = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let targets = said_by("rustup", &["target", "list", "--installed"]).unwrap_or_default();
    let tools = [
        ("buildah", said_by("buildah", &["--version"]).is_some()),
        ("musl-gcc", said_by("musl-gcc", &["--version"]).is_some()),
        ("the target linux-musl", targets.lines().any(|target| target == musl)),
        ("program: bin/containers ledger-writer", program(&musl, function).is_file()),
        ("root", said_by("id", &["-u"]).is_some_and(|id| id.trim() == "0")),
    ];
    tools.into_iter().find(|(_, is_there)| !is_there).map(|(tool, _)| tool)
}

/// Where the script leaves a function's program.
fn program(target: &str, function: &str) -> PathBuf {
    let built = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout().join("target"), PathBuf::from);
    built.join(target).join("container").join(function)
}

/// The standard output of a program that succeeds.
fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let run = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    run.status.success().then(|| String::from_utf8_lossy(&run.stdout).into_owned())
}

/// Images in a folder of their own, deleted when dropped.
pub struct Images(PathBuf);

impl Images {
    pub fn new() -> Self {
        let name = format!("proveniq-images-{}", fresh_id::<truth_kernel::id::Event>());
        // Below a folder that every user may enter.
        let folder = Path::new("/var/tmp").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// The image of a program that the script has built.
    pub fn build(&self, function: &str) {
        let mut script = Command::new(checkout().join("bin/containers"));
        script.arg(function).env("PROVENIQ_IMAGES", &self.0).env("PROVENIQ_PREBUILT", "1");
        let output = script.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(" MB   image "), "{said}");
    }

    fn buildah(&self) -> Command {
        let mut command = Command::new("buildah");
        command.args(["--storage-driver", "vfs", "--root"]).arg(self.0.join("root"));
        command.arg("--runroot").arg(self.0.join("run"));
        command
    }

    fn said(&self, arguments: &[&str]) -> String {
        let output = self.buildah().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn of_config(&self, function: &str, template: &str) -> String {
        self.said(&["inspect", "--type", "image", "--format", template, &image(function)])
    }

    /// Every file of the image.
    pub fn files(&self, function: &str) -> Vec<String> {
        let container = self.said(&["from", &image(function)]);
        let root = PathBuf::from(self.said(&["mount", &container]));
        let mut files: Vec<_> =
            files(&root).iter().map(|file| format!("/{}", file.strip_prefix(&root).unwrap().display())).collect();
        files.sort();
        self.said(&["rm", &container]);
        files
    }

    /// The image's entry point as its user, in a container of its own with this machine's network and one of its folders.
    pub fn run(&self, function: &str, folder: &Path, environment: &[(&str, String)]) -> Running {
        let container = self.said(&["from", &image(function)]);
        let port = free_port();
        let mut command = self.buildah();
        command.args([
            "run",
            "--isolation",
            "chroot",
            "--env",
            &format!("PORT={port}"),
            "--env",
            "BIND_ADDRESS=127.0.0.1",
        ]);
        command.arg("--volume").arg(format!("{0}:{0}", folder.display()));
        for (name, value) in environment {
            command.args(["--env", &format!("{name}={value}")]);
        }
        Running::start(command.args([&container, "--", "/function"]), port)
    }
}

fn image(function: &str) -> String {
    format!("localhost/proveniq/{function}")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

impl Drop for Images {
    fn drop(&mut self) {
        // What is left lies in the folder for temporary files.
        let _ = self.buildah().args(["rm", "--all"]).output();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
