"""For gate 10: the technologies the gate knows, as data: what fills a category, and what only completes it.

An entry fills its category: it is approved where the ten gates or the constitution name it, and foreign elsewhere. What
has no entry here (drivers of PostgreSQL, SQLAlchemy under SQLModel, Alembic, JWT libraries, password hashing, servers,
HTTP clients, caches, queues, test tools) is a companion: it fills no category, and no one is asked for it.
"""

from typing import Literal, NamedTuple

Category = Literal["web framework", "ORM", "database", "authentication", "frontend framework"]


class Technology(NamedTuple):
    """`modules` are dotted import names, `python` and `npm` distributions ("@clerk/*" for a scope), `words` a pattern
    for the name in documents (case counts: "Express" is a framework, "express" a verb)."""

    name: str
    category: Category
    words: str
    modules: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    approved: bool = False
    """By the ten gates, where no constitution says otherwise."""


TECHNOLOGIES = (
    # --- web frameworks ---
    Technology("FastAPI", "web framework", r"(?i:fast[ -]?api)", ("fastapi",), ("fastapi",), approved=True),
    Technology(
        "Flask",
        "web framework",
        r"Flask",
        ("flask", "flask_restful", "flask_restx"),
        ("flask", "flask-restful", "flask-restx"),
    ),
    Technology(
        "Django",
        "web framework",
        r"Django(?! ?ORM)|DRF",
        ("django", "rest_framework", "ninja"),
        ("django", "djangorestframework", "django-ninja"),
    ),
    Technology("Sanic", "web framework", r"Sanic", ("sanic",), ("sanic",)),
    Technology("Tornado", "web framework", r"Tornado", ("tornado.web",)),
    Technology("aiohttp's server", "web framework", r"aiohttp\.web", ("aiohttp.web",)),
    Technology("Bottle", "web framework", r"Bottle\.py", ("bottle",), ("bottle",)),
    Technology("Falcon", "web framework", r"Falcon (?:framework|API)", ("falcon",), ("falcon",)),
    Technology("Quart", "web framework", r"Quart", ("quart",), ("quart",)),
    Technology("Litestar", "web framework", r"Litestar", ("litestar", "starlite"), ("litestar", "starlite")),
    Technology("Pyramid", "web framework", r"Pyramid framework", ("pyramid",), ("pyramid",)),
    Technology("Robyn", "web framework", r"Robyn", ("robyn",), ("robyn",)),
    Technology("Express", "web framework", r"Express(?:\.?js)?", npm=("express",)),
    Technology("Koa", "web framework", r"Koa(?:\.js)?", npm=("koa",)),
    Technology("Fastify", "web framework", r"Fastify", npm=("fastify",)),
    Technology("Hono", "web framework", r"Hono(?:\.js)?", npm=("hono",)),
    Technology("NestJS", "web framework", r"Nest\.?JS|Nest\.js", npm=("@nestjs/core", "@nestjs/common")),
    Technology("Hapi", "web framework", r"Hapi\.js", npm=("@hapi/hapi",)),
    # --- object-relational mappers ---
    Technology("SQLModel", "ORM", r"(?i:sql[ -]?model)", ("sqlmodel",), ("sqlmodel",), approved=True),
    Technology("Prisma", "ORM", r"Prisma", ("prisma",), ("prisma",), ("prisma", "@prisma/*")),
    Technology("Drizzle", "ORM", r"Drizzle(?: ?ORM)?", npm=("drizzle-orm", "drizzle-kit")),
    Technology("TypeORM", "ORM", r"TypeORM", npm=("typeorm",)),
    Technology("Sequelize", "ORM", r"Sequelize", npm=("sequelize",)),
    Technology("MikroORM", "ORM", r"MikroORM", npm=("@mikro-orm/*",)),
    Technology("Objection", "ORM", r"Objection\.js", npm=("objection",)),
    Technology("Mongoose", "ORM", r"Mongoose", npm=("mongoose",)),
    Technology("Tortoise ORM", "ORM", r"Tortoise(?:[ -]?ORM)?", ("tortoise", "aerich"), ("tortoise-orm", "aerich")),
    Technology("Peewee", "ORM", r"Peewee", ("peewee", "playhouse"), ("peewee", "peewee-async")),
    Technology("Pony", "ORM", r"Pony ?ORM", ("pony.orm",), ("pony",)),
    Technology("the Django ORM", "ORM", r"Django ?ORM"),
    Technology("Piccolo", "ORM", r"Piccolo(?: ORM)?", ("piccolo",), ("piccolo",)),
    Technology("ormar", "ORM", r"[Oo]rmar", ("ormar",), ("ormar",)),
    Technology("Gino", "ORM", r"GINO|Gino ORM", ("gino",), ("gino",)),
    Technology("Beanie", "ORM", r"Beanie", ("beanie",), ("beanie",)),
    Technology("MongoEngine", "ORM", r"MongoEngine", ("mongoengine",), ("mongoengine",)),
    Technology("ODMantic", "ORM", r"ODMantic", ("odmantic",), ("odmantic",)),
    # --- databases ---
    Technology(
        "PostgreSQL",
        "database",
        r"(?i:postgre(?:s|sql)?|neon(?:db| ?db)?)(?![\w.-]*\.(?:md|ts|py))",
        ("psycopg", "psycopg2", "asyncpg", "pg8000"),
        ("psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "asyncpg", "pg8000"),
        ("pg", "postgres", "@neondatabase/serverless", "@vercel/postgres"),
        approved=True,
    ),
    Technology(
        "SQLite",
        "database",
        r"(?i:sqlite3?|libsql)|Turso",
        (),
        ("libsql-client", "libsql-experimental"),
        ("@libsql/client",),
    ),
    Technology(
        "MySQL",
        "database",
        r"My ?SQL|MariaDB|PlanetScale",
        ("pymysql", "MySQLdb", "mysql", "aiomysql", "asyncmy", "mariadb"),
        ("pymysql", "mysqlclient", "mysql-connector-python", "aiomysql", "asyncmy", "mariadb"),
        ("mysql", "mysql2", "mariadb", "@planetscale/database"),
    ),
    Technology(
        "MongoDB", "database", r"Mongo(?:DB)?|MongoDB Atlas", ("pymongo", "motor"), ("pymongo", "motor"), ("mongodb",)
    ),
    Technology(
        "SQL Server",
        "database",
        r"SQL Server|MSSQL|Azure SQL",
        ("pyodbc", "aioodbc", "pymssql"),
        ("pyodbc", "aioodbc", "pymssql"),
        ("mssql", "tedious"),
    ),
    Technology(
        "Oracle Database",
        "database",
        r"Oracle (?:DB|Database)",
        ("oracledb", "cx_Oracle"),
        ("oracledb", "cx-oracle"),
        ("oracledb",),
    ),
    Technology("DynamoDB", "database", r"DynamoDB", ("pynamodb",), ("pynamodb",), ("@aws-sdk/client-dynamodb",)),
    Technology(
        "Firestore",
        "database",
        r"(?:Cloud )?Firestore|Firebase (?:Realtime )?Database",
        ("google.cloud.firestore", "firebase_admin.firestore", "firebase_admin.db"),
        ("google-cloud-firestore",),
        ("firebase/firestore", "firebase/database"),
    ),
    Technology(
        "Cassandra",
        "database",
        r"Cassandra|ScyllaDB",
        ("cassandra",),
        ("cassandra-driver", "scylla-driver"),
        ("cassandra-driver",),
    ),
    Technology("CockroachDB", "database", r"CockroachDB", (), ("sqlalchemy-cockroachdb",)),
    Technology("Neo4j", "database", r"Neo4j", ("neo4j",), ("neo4j",), ("neo4j-driver",)),
    Technology("CouchDB", "database", r"CouchDB|PouchDB", npm=("pouchdb", "nano")),
    # --- authentication ---
    Technology(
        "Better Auth", "authentication", r"(?i:better[ -]?auth)", npm=("better-auth", "@better-auth/*"), approved=True
    ),
    Technology(
        "NextAuth", "authentication", r"Next ?Auth(?:\.?js)?|next-auth|Auth\.js|AuthJS", npm=("next-auth", "@auth/*")
    ),
    Technology(
        "Clerk",
        "authentication",
        r"Clerk",
        ("clerk_backend_api", "fastapi_clerk_auth"),
        ("clerk-backend-api", "fastapi-clerk-auth"),
        ("@clerk/*",),
    ),
    Technology(
        "Firebase Authentication",
        "authentication",
        r"Firebase Auth(?:entication)?",
        ("firebase_admin.auth", "pyrebase"),
        ("pyrebase", "pyrebase4"),
        ("firebase/auth", "firebase-admin/auth", "next-firebase-auth"),
    ),
    Technology(
        "Supabase",
        "authentication",
        r"Supabase(?: Auth)?",
        ("supabase", "gotrue"),
        ("supabase", "gotrue", "supabase-auth"),
        ("@supabase/*",),
    ),
    Technology(
        "Auth0",
        "authentication",
        r"Auth0",
        ("auth0", "fastapi_auth0"),
        ("auth0-python", "fastapi-auth0", "auth0-fastapi-api"),
        ("@auth0/*", "auth0", "auth0-js"),
    ),
    Technology("Lucia", "authentication", r"Lucia(?: Auth)?", npm=("lucia", "@lucia-auth/*")),
    Technology("Passport", "authentication", r"Passport\.?js", npm=("passport",)),
    Technology(
        "Amazon Cognito",
        "authentication",
        r"(?:AWS |Amazon )?Cognito",
        ("pycognito", "fastapi_cognito"),
        ("pycognito", "fastapi-cognito"),
        ("amazon-cognito-identity-js", "@aws-amplify/auth"),
    ),
    Technology(
        "Keycloak",
        "authentication",
        r"Keycloak",
        ("keycloak", "fastapi_keycloak"),
        ("python-keycloak", "fastapi-keycloak"),
        ("keycloak-js", "keycloak-connect"),
    ),
    Technology("Okta", "authentication", r"Okta", ("okta",), ("okta", "okta-jwt-verifier"), ("@okta/*",)),
    Technology("WorkOS", "authentication", r"WorkOS|AuthKit", ("workos",), ("workos",), ("@workos-inc/*",)),
    Technology("Kinde", "authentication", r"Kinde", ("kinde_sdk",), ("kinde-python-sdk",), ("@kinde-oss/*",)),
    Technology("Stack Auth", "authentication", r"Stack Auth", npm=("@stackframe/*",)),
    Technology(
        "SuperTokens",
        "authentication",
        r"SuperTokens",
        ("supertokens_python",),
        ("supertokens-python",),
        ("supertokens-node", "supertokens-web-js", "supertokens-auth-react"),
    ),
    Technology(
        "FastAPI Users",
        "authentication",
        r"[Ff]ast[Aa][Pp][Ii][ -][Uu]sers",
        ("fastapi_users",),
        ("fastapi-users", "fastapi-users-db-sqlmodel", "fastapi-users-db-sqlalchemy"),
    ),
    Technology("django-allauth", "authentication", r"allauth", ("allauth",), ("django-allauth",)),
    # --- frontend frameworks ---
    Technology("Next.js", "frontend framework", r"(?i:next\.?js)", npm=("next",), approved=True),
    Technology("Vue", "frontend framework", r"Vue(?:\.?js)?(?: ?3)?", npm=("vue",)),
    Technology("Nuxt", "frontend framework", r"Nuxt(?:\.?js)?", npm=("nuxt",)),
    Technology("Svelte", "frontend framework", r"Svelte(?:Kit)?", npm=("svelte", "@sveltejs/kit")),
    Technology("Angular", "frontend framework", r"Angular", npm=("@angular/core",)),
    Technology("Solid", "frontend framework", r"Solid\.?JS|Solid ?Start", npm=("solid-js", "@solidjs/start")),
    Technology("Gatsby", "frontend framework", r"Gatsby", npm=("gatsby",)),
    Technology("Astro", "frontend framework", r"Astro", npm=("astro",)),
    Technology(
        "Remix",
        "frontend framework",
        r"Remix(?:\.run)?",
        npm=("@remix-run/react", "@remix-run/node", "@react-router/dev"),
    ),
    Technology("Vite", "frontend framework", r"Vite"),
    Technology("Create React App", "frontend framework", r"Create React App|CRA", npm=("react-scripts",)),
    Technology(
        "TanStack Start", "frontend framework", r"TanStack Start", npm=("@tanstack/react-start", "@tanstack/start")
    ),
    Technology("Qwik", "frontend framework", r"Qwik", npm=("@builder.io/qwik",)),
    Technology("Ember", "frontend framework", r"Ember\.js", npm=("ember-source",)),
    Technology("Streamlit", "frontend framework", r"Streamlit", ("streamlit",), ("streamlit",)),
    Technology("Gradio", "frontend framework", r"Gradio", ("gradio",), ("gradio",)),
    Technology("Dash", "frontend framework", r"Plotly Dash", ("dash",), ("dash",)),
    Technology("NiceGUI", "frontend framework", r"NiceGUI", ("nicegui",), ("nicegui",)),
    Technology("Reflex", "frontend framework", r"Reflex framework", ("reflex",), ("reflex",)),
)
"""In the order of the ten gates' stack; of two entries that fit a text at the same place the longer text counts."""
