use super::media::MediaClient;
use crate::config::Config;
use crate::model::Timestamp;
use crate::net::{self, Client, Hosts, Purpose, Request, Trust};
use anyhow::Context;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// Who is copied, and how it is asked.
pub struct Publisher {
    url: Url,
    token: Option<HeaderValue>,
    client: Client,
}

impl Publisher {
    /// A publisher whose address may be private, since the user named it. It is asked without pauses, with one request
    /// after the other.
    ///
    /// # Errors
    /// The system has no TLS that works.
    pub fn new(url: Url, token: Option<HeaderValue>) -> anyhow::Result<Self> {
        net::install_crypto();
        let mut fetch = Config::parse("", Path::new("/"))?.fetch;
        let port = url.port_or_known_default().context("the address has no port")?;
        fetch.allow.push(format!("{}:{port}", url.host_str().unwrap_or_default()));
        fetch.host_interval_ms = 0;
        // A publisher that is busy says when to come again; without that the waits begin with a second.
        fetch.min_interval_ms = 1_000;
        let hosts = Hosts::new(&fetch, Timestamp::now);
        let client = Client::new(&fetch, Arc::new(hosts))?;
        Ok(Self { url, token, client })
    }

    /// Its address without name, password and query.
    pub fn address(&self) -> String {
        let mut shown = self.url.clone();
        // Neither fails for an http address.
        let _ = (shown.set_username(""), shown.set_password(None));
        shown.set_query(None);
        shown.set_fragment(None);
        shown.into()
    }

    /// What fetches pictures and files.
    pub fn media(&self) -> MediaClient {
        MediaClient::new(self.client.clone(), self.url.clone(), self.token.clone())
    }

    /// What asks it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A request of its address with the token.
    pub fn request(&self) -> Request {
        let token = self.token.clone().into_iter();
        Request {
            headers: token.map(|token| (AUTHORIZATION, token)).collect(),
            ..Request::to(self.url.clone(), Trust::address(&self.url), Purpose::Poll)
        }
    }
}
