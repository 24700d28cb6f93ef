package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// page is one page of a space.
type page struct {
	Space, Title, Body string
	Updated            time.Time
}

// errNoPage says that there is no page of that title in that space.
var errNoPage = errors.New("there is no such page")

// Store keeps pages.
type Store interface {
	// Furnished says whether the table of pages is there.
	Furnished(ctx context.Context) (bool, error)
	// Furnish makes the table where there is none.
	Furnish(ctx context.Context) error
	// Pages lists all pages without their bodies, the last written first, at most listLength.
	Pages(ctx context.Context) ([]page, error)
	// Page is one page, or errNoPage.
	Page(ctx context.Context, space, title string) (page, error)
	// Write makes a page or replaces its body.
	Write(ctx context.Context, space, title, body string) error
}

// listLength bounds what one request shows.
const listLength = 200

// database is a Store in PostgreSQL. Its pool makes new connections by itself when the database was away.
type database struct{ pool *pgxpool.Pool }

// openDatabase does not connect: whether the database answers is found out by asking it.
func openDatabase(s settings) (*database, error) {
	config, err := pgxpool.ParseConfig(s.connection())
	if err != nil {
		return nil, fmt.Errorf("ATL_JDBC_URL or ATL_JDBC_USER: %w", err)
	}
	config.ConnConfig.Password = s.Password
	config.MaxConns = 4
	config.MaxConnLifetime = 10 * time.Minute
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	return &database{pool}, nil
}

func (d *database) Close() { d.pool.Close() }

func (d *database) Furnished(ctx context.Context) (bool, error) {
	var there bool
	err := d.pool.QueryRow(ctx, "SELECT to_regclass('pages') IS NOT NULL").Scan(&there)
	return there, err
}

func (d *database) Furnish(ctx context.Context) error {
	_, err := d.pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS pages (
		space text NOT NULL,
		title text NOT NULL,
		body text NOT NULL,
		updated timestamptz NOT NULL DEFAULT now(),
		PRIMARY KEY (space, title)
	)`)
	return err
}

func (d *database) Pages(ctx context.Context) ([]page, error) {
	rows, err := d.pool.Query(ctx, "SELECT space, title, '', updated FROM pages ORDER BY updated DESC, title LIMIT $1", listLength)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[page])
}

func (d *database) Page(ctx context.Context, space, title string) (page, error) {
	rows, err := d.pool.Query(ctx, "SELECT space, title, body, updated FROM pages WHERE space = $1 AND title = $2", space, title)
	if err != nil {
		return page{}, err
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[page])
	if errors.Is(err, pgx.ErrNoRows) {
		return page{}, errNoPage
	}
	return found, err
}

func (d *database) Write(ctx context.Context, space, title, body string) error {
	_, err := d.pool.Exec(ctx, `INSERT INTO pages (space, title, body) VALUES ($1, $2, $3)
		ON CONFLICT (space, title) DO UPDATE SET body = excluded.body, updated = now()`, space, title, body)
	return err
}
