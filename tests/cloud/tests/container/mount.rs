//! What a container is given of this machine: a folder with keys that only its user may read, and a way to the database.

use std::path::PathBuf;
use std::process::Command;

use cloud_tests::function::Folder;
use private_postgres::Cluster;
use test_support::TestRegion;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};

pub struct Mount(Folder);

impl Mount {
    pub fn new() -> Self {
        Self(Folder::new())
    }

    pub fn path(&self) -> PathBuf {
        self.0.bucket().with_file_name("")
    }

    /// As for a process of this machine, with keys and database where the container can reach them.
    pub async fn environment(&self, region: &TestRegion, role: &str) -> Vec<(&'static str, String)> {
        let mut environment = self.0.environment(region, role);
        let keys = self.path().join("wrapping");
        run(Command::new("cp").arg("-r").arg(region.wrapping_keys()).arg(&keys));
        run(Command::new("chown").args(["-R", "65532:65532"]).arg(self.path()));
        for (name, value) in &mut environment {
            match *name {
                "WRAPPING_KEYS" => *value = keys.to_string_lossy().into_owned(),
                "DATABASE_URL" => *value = over_loopback(region.cluster(), value).await,
                _ => {}
            }
        }
        environment
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// The URL of a database, reached through a port of the loopback: the server's socket is in a folder that the container's user may not enter.
async fn over_loopback(cluster: &Cluster, url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = cluster.socket_dir().join(format!(".s.PGSQL.{}", cluster.port()));
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let socket = socket.clone();
            tokio::spawn(async move {
                let mut server = UnixStream::connect(socket).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    let (head, _) = url.split_once("?host=").unwrap();
    head.replace(&format!("@localhost:{}/", cluster.port()), &format!("@127.0.0.1:{port}/"))
}
