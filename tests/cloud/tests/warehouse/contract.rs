//! What every warehouse promises, held against both.

use analytics::facts::FACTS;
use cloud::warehouse::{Column, ColumnType, Reason, Refusal, Table, Value, WarehouseError};

use crate::stage::{Stage, row, with};

macro_rules! for_both {
    ($($promise:ident)*) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(super::Stage::postgres().await).await;
            })*
        }

        mod bigquery {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(super::Stage::bigquery().await).await;
            })*
        }
    };
}

for_both! {
    ensuring_makes_the_table_and_again_changes_nothing
    a_missing_column_is_added_and_what_is_there_stays
    a_column_of_another_type_is_refused_and_nothing_is_changed
    whoever_ensures_at_once_gets_all_columns
    rows_that_were_inserted_are_there_however_often
    a_row_that_does_not_fit_is_named_and_its_neighbours_are_there
    among_many_rows_each_one_is_accounted_for
    no_rows_are_no_work
    a_column_that_the_table_lacks_is_asked_to_be_ensured
    the_location_is_the_region
}

const VERDICT: Column = Column::optional("verdict", ColumnType::Text);

/// The facts by other columns. A test may leak them.
fn facts(columns: Vec<Column>) -> Table {
    Table { columns: columns.leak(), ..FACTS }
}

async fn ensuring_makes_the_table_and_again_changes_nothing(stage: Stage) {
    stage.warehouse.ensure(&FACTS).await.unwrap();
    let made = stage.columns().await;
    let names: Vec<_> = made.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, FACTS.columns.iter().map(|column| column.name).collect::<Vec<_>>());
    stage.warehouse.ensure(&FACTS).await.unwrap();
    assert_eq!(stage.columns().await, made);
}

async fn a_missing_column_is_added_and_what_is_there_stays(stage: Stage) {
    let stage = stage.ensured().await;
    assert_eq!(stage.warehouse.insert(&FACTS, &[row(1)]).await.unwrap(), []);
    // Somebody else's, which we know nothing of.
    stage.add_text("note").await;
    let before = stage.columns().await;
    let more = facts(vec![FACTS.columns[0], VERDICT, Column::required("late", ColumnType::Boolean)]);
    stage.warehouse.ensure(&more).await.unwrap();
    let after = stage.columns().await;
    assert_eq!(after[..before.len()], before);
    let added: Vec<_> = after[before.len()..].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(added, ["verdict", "late"]);
    stage.warehouse.ensure(&FACTS).await.unwrap();
    assert_eq!(stage.columns().await, after, "older code takes nothing away");
    assert_eq!(stage.warehouse.insert(&FACTS, &[row(2)]).await.unwrap(), [], "and its rows need not have it");
    assert_eq!(stage.shown().await, [1, 2]);
}

async fn a_column_of_another_type_is_refused_and_nothing_is_changed(stage: Stage) {
    let stage = stage.ensured().await;
    stage.add_text("verdict").await;
    let before = stage.columns().await;
    for kind in [ColumnType::Integer, ColumnType::Boolean, ColumnType::Time] {
        let columns = vec![Column::optional("more", ColumnType::Text), Column::optional("verdict", kind)];
        let refused = stage.warehouse.ensure(&facts(columns)).await.unwrap_err();
        assert!(
            matches!(&refused, WarehouseError::OtherType { table, column } if table == "facts" && column == "verdict")
        );
        assert!(!refused.is_transient());
    }
    assert_eq!(stage.columns().await, before);
}

async fn whoever_ensures_at_once_gets_all_columns(stage: Stage) {
    const LATE: Column = Column::optional("late", ColumnType::Boolean);
    let stage = stage.ensured().await;
    let (one, other, both) = (facts(vec![VERDICT]), facts(vec![LATE]), facts(vec![LATE, VERDICT]));
    let (a, b, c, d) = tokio::join!(
        stage.warehouse.ensure(&one),
        stage.warehouse.ensure(&other),
        stage.warehouse.ensure(&both),
        stage.warehouse.ensure(&FACTS)
    );
    assert!([a, b, c, d].iter().all(Result::is_ok));
    let columns = stage.columns().await;
    assert_eq!(columns.len(), FACTS.columns.len() + 2, "{columns:?}");
}

async fn rows_that_were_inserted_are_there_however_often(stage: Stage) {
    let stage = stage.ensured().await;
    for _ in 0..3 {
        assert_eq!(stage.warehouse.insert(&FACTS, &[row(1), row(2)]).await.unwrap(), []);
    }
    assert_eq!(stage.warehouse.insert(&FACTS, &[row(2), row(3)]).await.unwrap(), []);
    assert_eq!(stage.shown().await, [1, 2, 3]);
}

async fn a_row_that_does_not_fit_is_named_and_its_neighbours_are_there(stage: Stage) {
    let stage = stage.ensured().await;
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let rows = [
        row(1),
        with(row(2), "type", None),
        row(3),
        with(row(4), "sealed_ms", text("soon")),
        with(row(5), "decided", text("perhaps")),
        with(row(6), "hour", text("noon")),
        row(7),
    ];
    let refused = stage.warehouse.insert(&FACTS, &rows).await.unwrap();
    assert_eq!(refused, [1, 3, 4, 5].map(|row| Refusal { row, reason: Reason::Invalid }));
    assert_eq!(stage.shown().await, [1, 3, 7]);
}

async fn among_many_rows_each_one_is_accounted_for(stage: Stage) {
    let stage = stage.ensured().await;
    let spoilt = |number: u32| number.is_multiple_of(301);
    let rows: Vec<_> =
        (0..1_201).map(|number| if spoilt(number) { with(row(number), "org", None) } else { row(number) }).collect();
    let refused = stage.warehouse.insert(&FACTS, &rows).await.unwrap();
    assert_eq!(refused.iter().map(|refusal| refusal.row).collect::<Vec<_>>(), [0, 301, 602, 903]);
    assert_eq!(stage.shown().await, (0..1_201).filter(|number| !spoilt(*number)).collect::<Vec<_>>());
}

async fn no_rows_are_no_work(stage: Stage) {
    let stage = stage.ensured().await;
    assert_eq!(stage.warehouse.insert(&FACTS, &[]).await.unwrap(), []);
    assert_eq!(stage.shown().await, [0_u32; 0]);
}

async fn a_column_that_the_table_lacks_is_asked_to_be_ensured(stage: Stage) {
    let stage = stage.ensured().await;
    let more = facts(FACTS.columns.iter().copied().chain([VERDICT]).collect());
    let rows = [with(row(1), "verdict", Some(Value::Text("home".to_owned())))];
    let behind = stage.warehouse.insert(&more, &rows).await.unwrap_err();
    assert!(matches!(behind, WarehouseError::SchemaBehind) && behind.is_transient());
    stage.warehouse.ensure(&more).await.unwrap();
    assert_eq!(stage.warehouse.insert(&more, &rows).await.unwrap(), []);
    assert_eq!(stage.shown().await, [1]);
}

async fn the_location_is_the_region(stage: Stage) {
    assert_eq!(stage.warehouse.location().await.unwrap().as_str(), "europe-west1");
}
