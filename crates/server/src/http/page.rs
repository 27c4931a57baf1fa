//! Lists in pages, and what a creation answers.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::limits::PAGE_ROWS_MAX;
use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a creation answers: 201 and what was made.
pub(crate) type Created<T> = Result<(StatusCode, Json<T>)>;

/// 201 and what was made.
pub(crate) fn created<T>(made: T) -> (StatusCode, Json<T>) {
    (StatusCode::CREATED, Json(made))
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Window {
    /// At most so many rows; 50 unless asked otherwise.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
    /// Go on after this row: the `next` of the page before.
    #[param(max_length = 200)]
    pub(crate) after: Option<String>,
}

/// Part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
    /// Where the next page begins, as its `after`; none on the last one.
    pub(crate) next: Option<String>,
}

/// Most characters of what names the place where a page begins, as the document of the API says.
const AFTER_CHARS_MAX: usize = 200;
/// Rows of a page unless asked otherwise.
const ROWS_DEFAULT: u32 = 50;

/// How many rows were asked for.
///
/// # Errors
/// `query-invalid` when it is none or more than a page may have.
pub(crate) fn limit(asked: Option<u32>) -> Result<u32> {
    match asked.unwrap_or(ROWS_DEFAULT) {
        limit @ 1..=PAGE_ROWS_MAX => Ok(limit),
        _ => Err(ApiError::new(Code::QueryInvalid, format!("limit is 1 to {PAGE_ROWS_MAX}"))),
    }
}

impl<T> Page<T> {
    /// A page that was read with `limit`; `key` is what `after` names. A full page may be the last one: then the next is empty.
    pub(crate) fn of(items: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Json<Self> {
        let next = items.last().filter(|_| items.len() >= limit as usize).map(key);
        Json(Self { items, next })
    }
}

impl Window {
    /// The record after which the page begins.
    ///
    /// # Errors
    /// `query-invalid` when it is no id.
    pub(crate) fn after<I: std::str::FromStr>(&self) -> Result<Option<I>> {
        let wrong = || ApiError::new(Code::QueryInvalid, "after is no id");
        // A number may have any count of zeros before it.
        let id = |after: &str| {
            if after.chars().count() > AFTER_CHARS_MAX { Err(wrong()) } else { after.parse().map_err(|_| wrong()) }
        };
        self.after.as_deref().map(id).transpose()
    }

    /// The part of a whole list; `key` is what `after` names.
    pub(crate) fn cut<T>(&self, all: Vec<T>, key: impl Fn(&T) -> String) -> Result<Json<Page<T>>> {
        let limit = limit(self.limit)? as usize;
        let from = match &self.after {
            Some(after) => {
                let known = all.iter().position(|item| key(item) == *after).map(|place| place + 1);
                known.ok_or_else(|| ApiError::new(Code::QueryInvalid, "after names no row of this list"))?
            }
            None => 0,
        };
        let more = all.len() > from + limit;
        let items: Vec<T> = all.into_iter().skip(from).take(limit).collect();
        let next = items.last().filter(|_| more).map(key);
        Ok(Json(Page { items, next }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_are_the_list(count in 0_usize..40, limit in 1_u32..10) {
            let all: Vec<usize> = (0..count).collect();
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let window = Window { limit: Some(limit), after };
                let Json(page) = window.cut(all.clone(), ToString::to_string).unwrap();
                prop_assert!(page.items.len() <= limit as usize);
                seen.extend(page.items);
                let Some(next) = page.next else { break };
                after = Some(next);
            }
            prop_assert_eq!(seen, all);
        }
    }

    #[test]
    fn a_page_has_its_bounds() {
        let cut = |limit, after: Option<&str>| {
            Window { limit, after: after.map(str::to_owned) }
                .cut(vec![1, 2], ToString::to_string)
                .map(|page| page.0.items)
        };
        assert_eq!(cut(None, None).unwrap(), [1, 2]);
        assert_eq!(cut(Some(1), Some("1")).unwrap(), [2]);
        for (limit, after) in [(Some(0), None), (Some(201), None), (None, Some("3"))] {
            assert_eq!(cut(limit, after).unwrap_err().code(), "query-invalid");
        }
    }
}
