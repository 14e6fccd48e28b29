//! Traces of OpenTelemetry: a span for each request and for each call that it causes. A process that exports no traces
//! makes no spans and passes the trace context on unchanged.

use std::sync::OnceLock;

use opentelemetry::global::{self, BoxedSpan, BoxedTracer};
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context as Parent, KeyValue};

use crate::call::Context;

/// The tracer's name.
const TRACER: &str = "dvs";

/// Makes the spans; empty in a process that exports none.
static MADE_BY: OnceLock<BoxedTracer> = OnceLock::new();

/// The span of something under way.
pub struct Trace(BoxedSpan);

impl Trace {
    /// Starts to make spans, by the process's global provider of tracers.
    pub fn start_to_export() {
        MADE_BY.get_or_init(|| global::tracer(TRACER));
    }

    /// Begins a span, in the trace of the context or in a new one; later calls with this context belong to the span.
    pub fn begin(name: impl FnOnce() -> String, context: &mut Context) -> Option<Self> {
        let tracer = MADE_BY.get()?;
        let mut builder = tracer.span_builder(name()).with_kind(SpanKind::Server);
        if let Some(request_id) = &context.request_id {
            builder = builder.with_attributes([KeyValue::new("dvs.request_id", request_id.to_string())]);
        }
        let parent = context.traceparent.as_deref().and_then(read);
        let parent = parent.map_or_else(Parent::new, |parent| Parent::new().with_remote_span_context(parent));
        let span = builder.start_with_context(tracer, &parent);
        if span.span_context().is_valid() {
            context.traceparent = Some(write(span.span_context()).into());
        }
        Some(Self(span))
    }

    /// Begins a span if the call belongs to a trace: the calls that services make on their own account do not.
    pub(crate) fn of_call(name: &'static str, context: &mut Context) -> Option<Self> {
        context.traceparent.as_ref()?;
        Self::begin(|| name.to_owned(), context)
    }

    /// Ends the span, as a failed one if there is a reason.
    pub fn end(mut self, failure: Option<&str>) {
        if let Some(reason) = failure {
            self.0.set_status(Status::error(reason.to_owned()));
        }
        self.0.end();
    }
}

/// `00-<trace>-<span>-<flags>`.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = u8::from_str_radix(parts.next()?, 16).ok()?;
    let read = SpanContext::new(trace, span, TraceFlags::new(flags), true, TraceState::default());
    read.is_valid().then_some(read)
}

fn write(span: &SpanContext) -> String {
    format!(
        "00-{}-{}-{:02x}",
        span.trace_id(),
        span.span_id(),
        span.trace_flags().to_u8()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_context_is_written_as_it_was_read() {
        assert_eq!(write(&read(TRACEPARENT).unwrap()), TRACEPARENT);
    }

    #[test]
    fn what_is_no_trace_context_begins_a_new_trace() {
        for text in [
            "",
            "00-x-y-z",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn without_an_exporter_the_context_is_passed_on_unchanged() {
        let mut context = Context {
            traceparent: Some(TRACEPARENT.into()),
            ..Context::default()
        };
        assert!(Trace::begin(|| "a call".to_owned(), &mut context).is_none());
        assert_eq!(context.traceparent.as_deref(), Some(TRACEPARENT));
    }
}
