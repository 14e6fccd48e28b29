//! `dvs mail preview`: shows a mail with sample data.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rent::preview_mail;

use crate::commands::say;
use crate::config::MailPreviewOptions;

pub(crate) fn preview(options: &MailPreviewOptions) -> Result<()> {
    let mail = preview_mail(options.kind, options.language)?;
    let text = format!("Subject: {}\n\n{}", mail.subject, mail.body);
    let Some(folder) = &options.output else {
        return say(text.trim_end());
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let name = format!("{}.{}", options.kind.name(), options.language.tag());
    for (ending, content) in [("txt", &text), ("html", &mail.html)] {
        write(&folder.join(format!("{name}.{ending}")), content)?;
    }
    Ok(())
}

fn write(file: &Path, content: &str) -> Result<()> {
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))?;
    say(file.display())
}
