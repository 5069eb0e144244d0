//! The business always has an owner who can act.

use super::*;

/// Makes the administrator a second owner.
async fn second_owner(app: &App) -> Result<(Guest, String, Guest, String)> {
    let (first, second) = (app.staff("owner").await?, app.staff("admin").await?);
    let (first_id, second_id) = (id_of(&first).await?, id_of(&second).await?);
    let reply = change_now(app, &first, &second_id, &json!({"role": "owner"})).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok((first, first_id, second, second_id))
}

/// Owners who can act.
async fn owners(app: &App) -> Result<Vec<Value>> {
    let mut users: Vec<Value> = items(app, "users").await?;
    users.retain(|user| user["role"] == "owner" && user["is_active"] == true);
    Ok(users)
}

#[tokio::test]
async fn the_last_owner_cannot_leave() -> Result<()> {
    let app = App::start().await?;
    let owner = app.staff("owner").await?;
    let before = stored(&app).await?;
    assert_eq!(told(&owner.delete("/me").await?), refused(409, "last_owner"));
    assert_eq!(changed(&app, &before).await?, NOTHING);
    assert_eq!(owner.get("/admin/verify").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn one_of_two_owners_may_leave_and_then_the_other_may_not() -> Result<()> {
    let app = App::start().await?;
    let (first, _, second, _) = second_owner(&app).await?;
    assert_eq!(first.delete("/me").await?.status, 200);
    assert_eq!(told(&second.delete("/me").await?), refused(409, "last_owner"));
    assert_eq!(owners(&app).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_owner_who_is_invited_or_suspended_is_not_the_one_who_remains() -> Result<()> {
    let app = App::start().await?;
    let (first, _, _, second_id) = second_owner(&app).await?;
    assert_eq!(invite(&first, EMAIL, "owner").await?.status, 201);
    assert_eq!(change_now(&app, &first, &second_id, &json!({"is_active": false})).await?.status, 200);
    assert_eq!(told(&first.delete("/me").await?), refused(409, "last_owner"));
    let token = app.mailed_token(EMAIL, "accept-invitation").await?;
    assert_eq!(accept(&app, &token).await?.status, 200);
    assert_eq!(first.delete("/me").await?.status, 200, "now somebody remains");
    Ok(())
}

#[tokio::test]
async fn whatever_is_done_to_owners_by_others_leaves_the_last_one_in_place() -> Result<()> {
    let app = App::start().await?;
    let (first, first_id, second, second_id) = second_owner(&app).await?;
    // Each of the three ways takes the second owner away and leaves the first out of reach.
    for (wish, back) in [
        (json!({"role": "admin"}), json!({"role": "owner"})),
        (json!({"is_active": false}), json!({"is_active": true})),
        (json!({"role": "member"}), json!({"role": "owner"})),
    ] {
        assert_eq!(change_now(&app, &first, &second_id, &wish).await?.status, 200, "{wish}");
        for attempt in [json!({"role": "viewer"}), json!({"is_active": false})] {
            let by_self = change_now(&app, &first, &first_id, &attempt).await?;
            assert_eq!(told(&by_self), refused(403, "forbidden"), "{wish} {attempt}");
            let by_other = change_now(&app, &second, &first_id, &attempt).await?;
            assert!([401, 403].contains(&by_other.status), "{wish} {attempt}: {by_other:?}");
        }
        assert!([401, 403].contains(&second.delete(&format!("/staff/{first_id}")).await?.status), "{wish}");
        assert_eq!(owners(&app).await?.len(), 1);
        assert_eq!(change_now(&app, &first, &second_id, &back).await?.status, 200, "{back}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_mutual_demotions_leave_one_owner() -> Result<()> {
    let mut rounds = 0;
    for wish in [json!({"role": "viewer"}), json!({"is_active": false}), json!({"role": "member"})] {
        let app = App::start().await?;
        let (first, first_id, second, second_id) = second_owner(&app).await?;
        let versions = (version_of(&app, &first_id).await?, version_of(&app, &second_id).await?);
        let duels = (0..20).map(|n| {
            let (caller, id, version) =
                if n % 2 == 0 { (&first, &second_id, versions.1) } else { (&second, &first_id, versions.0) };
            change(caller, id, version, &wish)
        });
        let replies: Vec<Reply> = join_all(duels).await.into_iter().collect::<Result<_>>()?;
        let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        assert!(statuses.iter().all(|status| [200, 401, 403, 409, 412].contains(status)), "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(owners(&app).await?.len(), 1, "{statuses:?}");
        rounds += 1;
    }
    println!("{rounds} rounds of 20 mutual demotions: one owner remains");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_owners_who_leave_at_once_leave_one() -> Result<()> {
    let app = App::start().await?;
    let (first, first_id, second, second_id) = second_owner(&app).await?;
    let version = version_of(&app, &second_id).await?;
    let demote = json!({"role": "viewer"});
    let (left, also_left, demoted) =
        tokio::join!(first.delete("/me"), second.delete("/me"), change(&first, &second_id, version, &demote));
    for reply in [left?, also_left?, demoted?] {
        assert!([200, 401, 403, 404, 409, 412].contains(&reply.status), "{reply:?}");
    }
    assert_eq!(owners(&app).await?.len(), 1, "{first_id} {second_id}");
    Ok(())
}
